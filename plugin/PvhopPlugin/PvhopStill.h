// SPDX-License-Identifier: BSD-3-Clause
#ifndef PvhopStill_h
#define PvhopStill_h

class pqServer;

/**
 * Keeps ParaView from asking `server`, which is lost, for anything by itself: it would wait for the
 * answer and stand still. What it has put off, such as drawing a view once the mouse rests, is
 * dropped, and its views are drawn no more. There is no way back; the server is to be removed.
 */
void pvhopKeepStill(pqServer* server);

#endif
