// SPDX-License-Identifier: BSD-3-Clause
/**
 * The cluster of tests/lab for a test's own use. It is brought up by the constructor and ends with
 * the destructor, or with this process, however that ends.
 */
#ifndef PVHOP_TESTS_LAB_H
#define PVHOP_TESTS_LAB_H
#include <string>
#include <vector>

namespace pvhop_test
{

class Lab
{
  public:
    /** `settings` as for `lab up`: {"--scheduler", "sge"}. */
    explicit Lab(const std::vector<std::string> &settings = {});
    ~Lab();
    Lab(const Lab &) = delete;
    Lab &operator=(const Lab &) = delete;
    /** "" if it is up; else why not. */
    const std::string &why_not() const
    {
        return m_why_not;
    }
    const std::string &name() const
    {
        return m_name;
    }
    /** Runs a program in the lab ("alice@fe") to its end; out as in run(). */
    int exec(const std::string &where, const std::vector<std::string> &argv,
             std::string *out = nullptr) const;
    /** The same with a sh text. */
    int sh(const std::string &where, const std::string &text, std::string *out = nullptr) const;
    /** The arguments that run a program in the lab, for a caller who starts it himself. */
    std::vector<std::string> argv(const std::string &where,
                                  const std::vector<std::string> &argv) const;
    /** `lab set ...` */
    int set(const std::vector<std::string> &settings) const;
    /** Empty if a lab can be had here; else the reason, for GTEST_SKIP. */
    static std::string missing();

  private:
    std::string m_name, m_why_not;
};

} // namespace pvhop_test
#endif
