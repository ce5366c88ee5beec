// SPDX-License-Identifier: BSD-3-Clause
#ifndef PVHOP_TESTS_PARAVIEW_H
#define PVHOP_TESTS_PARAVIEW_H
#include "sshd.h"

/**
 * A real ParaView on an X server of its own (Xvfb), with a home of its own, driven by the test
 * driver plugin (driver/PvhopTestDriver). Everything started is ended by the destructor.
 */
class PrivateParaView
{
public:
  PrivateParaView();
  ~PrivateParaView();
  PrivateParaView(const PrivateParaView&) = delete;
  PrivateParaView& operator=(const PrivateParaView&) = delete;

  /** Why it cannot run here, for GTEST_SKIP; empty if it can. */
  const std::string& problem() const { return m_problem; }
  /** The user's servers.pvsc: the <Server> elements in it. */
  void servers(const std::string& elements);
  /** One more variable of ParaView's environment. */
  void set(const std::string& name, const std::string& value);
  /** Whether pvhop's plugin is loaded. It is, unless said. */
  void with_plugin(bool with);
  /** One more argument of ParaView's. */
  void argument(const std::string& word) { m_arguments.push_back(word); }
  /** Whether run() waits for the programs that ParaView left, too. It does, unless said. */
  void wait_for_children(bool wait);
  /**
   * Runs the steps; ParaView has ended when this returns, and so have the programs that it had
   * started: they clean up and write their logs after it. The exit code; -1: it did not start.
   */
  int run(const std::string& steps);
  /** What the driver saw. */
  std::string report() const;
  bool reported(const std::string& line) const;
  /** How many pictures `compare` found alike: the same but for a few pixels along edges, and with
   * something drawn in them. */
  int alike() const;
  /** What ParaView wrote. */
  std::string output() const;
  std::string file(const std::string& name) const { return m_home / name; }

private:
  pvhop_test::TempDir m_home;
  std::string m_problem;
  std::string m_display;
  std::vector<std::string> m_env;
  std::vector<std::string> m_arguments;
  pid_t m_xvfb = -1;
  bool m_plugin = true;
  bool m_wait = true;
};

#endif
