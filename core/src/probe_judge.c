/* SPDX-License-Identifier: BSD-3-Clause */
#include "probe_judge.h"
#include <stdio.h>
#include <string.h>

/* One thing that a route needs: known to be missing, or not known (then it is tried). */
static bool needs(struct probe_verdict *v, enum probe_tri has, const char *missing)
{
    if (has != PROBE_NO)
        return true;
    if (v->possible)
        snprintf(v->why, sizeof(v->why), "%s", missing);
    v->possible = false;
    return false;
}

static void say(struct probe_verdict *v, enum probe_tri sure, const char *why)
{
    if (v->possible)
        snprintf(v->why, sizeof(v->why), "%s%s", why,
                 sure == PROBE_UNKNOWN ? "; not all of it could be tried" : "");
}

static const char no_reverse[] = "the host refuses ports that lead here (ssh -R)";
static const char no_helper[] = "the helper pvhop-relay may not run on the host";
static const char no_session[] = "the helper may not run on the host, and the host allows one "
                                 "session only (MaxSessions)";

static void judge_two_hop_forward(const struct probe_facts *f, struct probe_verdict *v)
{
    enum probe_tri local = f->may.local;

    if (f->batch && f->may.local_node != PROBE_UNKNOWN)
        local = f->may.local_node;
    needs(v, local,
          f->batch ? "the host refuses connections to nodes (ssh -L)"
                   : "the host refuses connections to itself (ssh -L)");
    say(v, local,
        f->batch ? "the host connects to pvserver on its node; nothing listens on the host"
                 : "pvserver listens, and the host connects to it");
}

static void judge_tunnel(const struct probe_facts *f, struct probe_verdict *v)
{
    enum probe_tri sure = f->batch ? f->may.reverse_bound : f->may.reverse_loopback;

    needs(v, f->may.reverse_loopback, no_reverse);
    if (f->batch) {
        needs(v, f->may.reverse_inside, "the host refuses ports on its inside addresses");
        needs(v, f->may.reverse_bound,
              "the host opens ports on its loopback only (GatewayPorts no), where no node "
              "reaches them");
    }
    say(v, sure,
        f->batch ? "pvserver connects to a port of the host that leads here; the nodes' users "
                   "can reach it, and are told by the connect id"
                 : "pvserver connects to a port on the host's loopback that leads here");
}

static void judge_relay_tunnel(const struct probe_facts *f, struct probe_verdict *v)
{
    needs(v, f->may.reverse_loopback, no_reverse);
    needs(v, f->may.helper, no_helper);
    say(v, f->may.helper,
        "a relay on the host stands before a port on its loopback that leads here");
}

static void judge_stdio(const struct probe_facts *f, struct probe_verdict *v)
{
    if (f->may.helper == PROBE_NO) {
        needs(v, f->may.max_sessions, no_session);
        say(v, PROBE_UNKNOWN,
            "python3 or bash of the host carries it over a second ssh session's own input and "
            "output");
    } else {
        say(v, f->may.stdio,
            "the helper on the host carries it over the ssh session's own input and output");
    }
}

static void judge_two_hop_reverse(const struct probe_facts *f, struct probe_verdict *v)
{
    if (!f->batch) {
        v->possible = false;
        snprintf(v->why, sizeof(v->why), "it is for nodes, and there is no batch system");
        return;
    }
    needs(v, f->may.local_node != PROBE_UNKNOWN ? f->may.local_node : f->may.local,
          "the host refuses connections to nodes (ssh -L)");
    needs(v, f->nodes_ssh, "one cannot log in to nodes by ssh");
    say(v, f->nodes_ssh, "a second login, to the node; pvserver connects to its own loopback");
}

static void judge_direct(const struct probe_facts *f, struct probe_verdict *v)
{
    (void)f;
    say(v, PROBE_YES,
        "not encrypted, so never chosen by itself; works where nothing between blocks "
        "connections to this computer");
}

static void judge_relay(const struct probe_facts *f, struct probe_verdict *v)
{
    needs(v, f->may.helper, no_helper);
    say(v, PROBE_YES,
        "not encrypted, so never chosen by itself; works where the host can connect to this "
        "computer");
}

static const struct {
    const char *route;
    void (*judge)(const struct probe_facts *f, struct probe_verdict *v);
} judges[PROBE_ROUTES] = {
    {"two-hop-forward", judge_two_hop_forward},
    {"tunnel", judge_tunnel},
    {"relay-tunnel", judge_relay_tunnel},
    {"stdio", judge_stdio},
    {"two-hop-reverse", judge_two_hop_reverse},
    {"relay", judge_relay},
    {"direct", judge_direct},
};

const struct probe_verdict *probe_judge(const struct probe_facts *facts,
                                        struct probe_verdict verdicts[PROBE_ROUTES])
{
    const struct pvhop_route_choice *choices = pvhop_route_choices(facts->batch);
    const struct probe_verdict *recommended = NULL;

    for (size_t i = 0, n = 0; i < PVHOP_ROUTE_CHOICES && n < PROBE_ROUTES; i++) {
        struct probe_verdict *v = &verdicts[n];

        if (choices[i].way)
            continue;
        n++;
        *v = (struct probe_verdict){
            .route = choices[i].name, .possible = true, .encrypted = choices[i].encrypted};
        for (size_t j = 0; j < PROBE_ROUTES; j++)
            if (strcmp(judges[j].route, v->route) == 0)
                judges[j].judge(facts, v);
        if (facts->site && !pvhop_site_allows(facts->site, facts->machine, "route", v->route)) {
            v->possible = false;
            snprintf(v->why, sizeof(v->why), "the site's policy is against it");
        }
        if (!recommended && v->possible && v->encrypted)
            recommended = v;
    }
    return recommended;
}

enum pvhop_check_state probe_gravity(const struct probe_facts *facts, const char *route)
{
    struct probe_verdict verdicts[PROBE_ROUTES];
    const struct probe_verdict *goes = probe_judge(facts, verdicts);

    for (size_t i = 0; i < PROBE_ROUTES; i++)
        if (strcmp(verdicts[i].route, route) == 0)
            goes = verdicts[i].possible ? &verdicts[i] : NULL;
    return goes ? PVHOP_CHECK_NOTE : PVHOP_CHECK_BAD;
}

char *probe_request(const struct probe_facts *f, const char *host)
{
    const struct probe_forwarding *m = &f->may;
    struct pvhop_text t = {0};

    if (m->reverse_loopback == PROBE_NO && m->local == PROBE_NO)
        pvhop_text_addf(&t,
                        "- sshd on %s forwards no ports. With 'AllowTcpForwarding yes' in "
                        "sshd_config, ParaView's data would go through the users' own ssh "
                        "sessions.\n",
                        host);
    else if (m->reverse_loopback == PROBE_NO)
        pvhop_text_addf(&t,
                        "- sshd on %s does not let users open ports (ssh -R). 'AllowTcpForwarding "
                        "yes' in sshd_config, and no PermitListen against it, would allow it; "
                        "with 'GatewayPorts no' such a port is on loopback only.\n",
                        host);
    else if (m->local == PROBE_NO || m->local_node == PROBE_NO)
        pvhop_text_addf(&t,
                        "- sshd on %s does not let users connect through it%s (ssh -L). "
                        "'AllowTcpForwarding yes' in sshd_config, and no PermitOpen against "
                        "it, would allow it.\n",
                        host, m->local == PROBE_NO ? "" : " to nodes");
    if (f->batch && m->reverse_loopback == PROBE_YES &&
        (m->reverse_inside == PROBE_NO || m->reverse_bound == PROBE_NO))
        pvhop_text_addf(&t,
                        "- sshd on %s opens users' ports on loopback only, where no compute node "
                        "reaches them. 'GatewayPorts clientspecified' in sshd_config lets "
                        "users ask for the inside address.\n",
                        host);
    if (m->max_sessions == PROBE_NO)
        pvhop_text_addf(&t,
                        "- sshd on %s allows one session in a login. sshd's default is "
                        "'MaxSessions 10'.\n",
                        host);
    if (m->helper == PROBE_NO)
        pvhop_text_addf(&t,
                        "- The helper program pvhop-relay (one static file, no privileges) "
                        "cannot be run by users on %s. Please install it in a folder of PATH.\n",
                        host);
    if (t.len) {
        struct pvhop_text all = {0};

        pvhop_text_addf(&all,
                        "Dear administrators of %s,\n\nI would like to use ParaView with "
                        "pvhop (client here, pvserver there). What would help:\n\n",
                        host);
        pvhop_text_add(&all, t.s, t.len);
        pvhop_text_addf(&all, "\nThe page for administrators explains each of these, and what it "
                              "opens to whom.\n");
        pvhop_text_free(&t);
        return all.failed ? NULL : all.s;
    }
    pvhop_text_free(&t);
    return strdup("");
}
