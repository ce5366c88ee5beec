// SPDX-License-Identifier: BSD-3-Clause
// Routes with the helper at a front end of aarch64: it says so, and it runs such programs, by qemu.
// pvhop's own helpers lie beside this program, as they do beside pvhop where that is installed.
#include "route_fixture.hpp"
#include <openssl/evp.h>

namespace
{

class Aarch64Route : public RelayRoute
{
  protected:
    const std::string relay = PVHOP_AARCH64_RELAY;

    void login_there()
    {
        login_with_folders(said_machine("aarch64") + " LD_PRELOAD=" PVHOP_AARCH64_HOST);
    }
    std::string hash_of(const std::string &bytes) const
    {
        unsigned char hash[EVP_MAX_MD_SIZE];
        unsigned int len = 0;
        char two[3];
        std::string text;
        EXPECT_EQ(1, EVP_Digest(bytes.data(), bytes.size(), hash, &len, EVP_sha256(), nullptr));
        for (unsigned int i = 0; i < len; i++) {
            snprintf(two, sizeof(two), "%02x", hash[i]);
            text += two;
        }
        return text;
    }
    // The one for aarch64, byte for byte, is what lies there, and nothing else.
    void it_was_put_there()
    {
        const std::string bytes = pvhop_test::read_file(relay);
        const std::string name = "pvhop-relay-aarch64-" + hash_of(bytes).substr(0, 16);
        EXPECT_TRUE(logged("was put on")) << all_logs();
        EXPECT_TRUE(logged(name)) << all_logs();
        EXPECT_EQ(1u, helpers("cache"));
        EXPECT_TRUE(bytes == pvhop_test::read_file(home / "cache" / "pvhop" / name));
    }
};

TEST_F(Aarch64Route, RelayTunnelPutsTheRightHelperThereOnceAndItRuns)
{
    login_there();
    start("relay-tunnel");
    ASSERT_TRUE(open) << failure.why;
    it_was_put_there();
    serves_and_again_without_an_upload();
}

TEST_F(Aarch64Route, StdioReachesAPvserverThatListens)
{
    remember_at_home();
    login_there();
    start("stdio");
    ASSERT_TRUE(open) << failure.why;
    it_was_put_there();
    reach_the_genuine_one();
}

} // namespace
