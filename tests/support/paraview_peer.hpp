// SPDX-License-Identifier: BSD-3-Clause
// What a ParaView says in its handshake, for tests that play one.
#pragma once
#include <pvhop/handshake.h>
#include <stdint.h>
#include <string.h>
#include <string>

/// As 5.11 describes itself. The hash is one of ours: any 32 hex digits do.
inline pvhop_paraview paraview_511(int32_t connect_id = 4242)
{
    pvhop_paraview p = {};
    p.major = 5;
    p.minor = 11;
    p.connect_id = connect_id;
    strcpy(p.backend, "opengl2");
    strcpy(p.hash, "0123456789abcdef0123456789abcdef");
    p.id_size = 1;
    return p;
}

/// All that a connector says, as if every answer had come. Without an id it does not name one.
inline std::string connector_transcript(int32_t connect_id = 4242)
{
    const std::string id = connect_id ? "connect_id." + std::to_string(connect_id) + "." : "";
    const std::string text = "paraview-5.11." + id + "renderingbackend.opengl2" + '\0';
    const std::string tag("\x97\x86\1\0", 4), four("\4\0\0\0", 4);
    const std::string size{char(text.size()), 0, 0, 0};
    return std::string("<<<<\1\0\0\0\0", 9) + std::string(">>>>\4\0\0\0\x64\0\0\0", 12) +
           std::string("????\x21\0\0\0", 8) + std::string("0123456789abcdef0123456789abcdef", 33) +
           std::string("====\4\0\0\0\1\0\0\0", 12) + tag + four + size + tag + size + text;
}

/// What the listening side says to one that it accepts, and then `words` of the session.
inline std::string listener_transcript(const std::string &words = "")
{
    const std::string said = connector_transcript();
    return said.substr(0, said.find("\x97\x86")) + std::string("\x96\x86\1\0\4\0\0\0\0\0\0\0", 12) +
           words;
}
