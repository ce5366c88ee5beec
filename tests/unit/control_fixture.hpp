// SPDX-License-Identifier: BSD-3-Clause
// A control channel to a real shell of this machine; the test's parameter says which one.
#pragma once
#include "control_private.h"
#include "loop_fixture.hpp"
#include <string>
#include <sys/wait.h>
#include <utility>

class ControlShell : public LoopTest, public testing::WithParamInterface<const char *>
{
  protected:
    pvhop_control *control = nullptr;
    pid_t shell = -1;
    bool ready = false;
    pvhop_error failure{};

    /// What sshd is asked to run, with the shell under test in /bin/sh's place.
    static std::string bootstrap()
    {
        std::string text = PVHOP_CONTROL_BOOTSTRAP;
        return text.replace(text.find("/bin/sh"), 7, GetParam());
    }
    /// Runs it as a login shell would, on these descriptors, which are closed here.
    void start_shell(int in, int out, const std::string &command)
    {
        shell = fork();
        if (shell == 0) {
            dup2(in, 0);
            dup2(out, 1);
            execl(GetParam(), GetParam(), "-c", command.c_str(), nullptr);
            _exit(127);
        }
        close(in);
        if (out != in)
            close(out);
    }
    void talk(pvhop_stream *stream, unsigned lease_s)
    {
        static const pvhop_control_events events = {
            [](void *u) { static_cast<ControlShell *>(u)->ready = true; },
            [](void *u, const pvhop_error *e) { static_cast<ControlShell *>(u)->failure = *e; }};
        ASSERT_NE(nullptr, stream) << err.why;
        control = pvhop_control_on_stream(loop, stream, lease_s, &events, this, &err);
        ASSERT_NE(nullptr, control) << err.why;
    }
    void until(const std::function<bool()> &done)
    {
        ASSERT_TRUE(LoopTest::until(done)) << "waited in vain: " << failure.why;
    }
    /// The shell ends: by itself at the end of its input, or as it was killed.
    void reap()
    {
        int status;
        EXPECT_EQ(shell, waitpid(shell, &status, 0));
        shell = -1;
    }
    void hang_up()
    {
        pvhop_control_free(std::exchange(control, nullptr));
    }
    void TearDown() override
    {
        hang_up();
        if (shell > 0)
            reap();
    }
};

inline std::string shell_name(const testing::TestParamInfo<const char *> &info)
{
    return std::string(info.param).substr(sizeof("/bin"));
}
