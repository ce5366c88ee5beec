/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_CLI_FACE_H
#define PVHOP_CLI_FACE_H
/**
 * A face for questions. ParaView without the plugin runs an entry's command with no terminal, so a
 * password, a one-time code or a host key can be asked for by nobody. Where there is a display and
 * pvhop-gui stands beside this program, that takes over: it runs pvhop itself, with windows.
 *
 * `argc`, `argv`: the words behind "connect". Returns if there is nobody to take over, or no need.
 */
void cli_hand_to_gui(int argc, char **argv);

#endif
