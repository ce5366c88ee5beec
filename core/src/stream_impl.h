/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_STREAM_IMPL_H
#define PVHOP_STREAM_IMPL_H
/** What the streams on descriptors share. */
#include <pvhop/stream.h>

/** A pvhop_watch_fn whose user is a stream: hands the events on to the stream's callback. */
void pvhop_stream_report(void *user, unsigned events);

#endif
