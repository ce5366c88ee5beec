/* SPDX-License-Identifier: BSD-3-Clause */
#include "relay_program.h"
#include <getopt.h>
#include <pvhop/harden.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>

enum { DRAIN_S = 5 };

static const char help[] =
    "Usage: %s [OPTIONS] [BIND:]PORT:HOST:PORT ...\n"
    "       %s [OPTIONS] --config FILE\n"
    "Forwards TCP ports, as on a front end whose nodes cannot reach the client:\n"
    "  %s 11111:client_host:11111\n"
    "\n"
    "  -c, --config FILE        read maps in portfwd's grammar\n"
    "  -b, --bind ADDRESS       listen there only (default: on all addresses)\n"
    "  -a, --allow WHO          take connections from this address, network (10.0.0.0/8) or\n"
    "                           host only; may be given several times\n"
    "  -1, --once               serve one connection, then end\n"
    "  -i, --idle-timeout SEC   end connections that moved nothing for so long (default: never)\n"
    "  -m, --max-connections N  at a time; more have to wait (default: what descriptors allow)\n"
    "      --same-user          refuse other users of this machine; who comes from another "
    "machine\n"
    "                           is not affected\n"
    "      --ask-proof FILE     who connects has to prove that it knows the token in FILE (32 hex\n"
    "                           digits; the file has to be yours alone, mode 0600)\n"
    "      --give-proof FILE    prove that to the relay at HOST:PORT\n"
    "      --check-paraview ID  let only a pvserver through that proves by its handshake to have\n"
    "                           this connect id (0: none); strays never reach the client\n"
    "      --report             print 'open ADDRESS:PORT' on standard output for each port\n"
    "      --drain SEC          time that connections get to end on SIGTERM or SIGINT\n"
    "                           (default: 5); a second signal cuts them\n"
    "  -s, --stats              print totals at the end; SIGUSR1 prints them at any time\n"
    "  -q, --quiet              do not log each connection\n"
    "  -d, --debug              log more\n"
    "  -g, --foreground         accepted: the relay always stays in the foreground\n"
    "  -f, --on-the-fly-dns     accepted: names are always looked up again when they are needed\n"
    "  -v, --version\n"
    "  -h, --help\n"
    "IPv6 addresses stand in brackets. Nothing is encrypted: forward to an ssh tunnel's end where\n"
    "the network is not trusted.\n";

struct program {
    const char *name;
    struct pvhop_loop *loop;
    struct pvhop_relay *relay;
    int detail;
    bool stats, report;
    const char *carry; /* its mark; NULL: not asked for */
    struct pvhop_error end;
};

static void print_error(const struct program *p, const struct pvhop_error *err)
{
    fprintf(stderr, "%s: %s: %s\n%s: %s (PVH%d)\n", p->name, err->what, err->why, p->name,
            err->remedy, (int)err->code);
}

static int fail(const struct program *p, const struct pvhop_error *err)
{
    print_error(p, err);
    return pvhop_error_exit_code(err);
}

static int take_number(const char *option, const char *text, unsigned *out, struct pvhop_error *err)
{
    unsigned long value = 0;
    char *end;

    value = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || value > 1000000000)
        return pvhop_error_set(err, PVHOP_E_VALUE, "%s: '%s' is not a number", option, text);
    *out = (unsigned)value;
    return 0;
}

static int take_connect_id(const char *text, int32_t *out, struct pvhop_error *err)
{
    unsigned long value = 0;
    char *end;

    value = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || value > INT32_MAX)
        return pvhop_error_set(err, PVHOP_E_VALUE,
                               "--check-paraview: '%s' is no connect id (0 to 2147483647)", text);
    *out = (int32_t)value;
    return 0;
}

/* ---- arguments ---- */

enum { OPT_DRAIN = 256, OPT_SAME_USER, OPT_REPORT, OPT_CARRY, OPT_CHECK, OPT_ASK, OPT_GIVE };

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"bind", required_argument, NULL, 'b'},
    {"allow", required_argument, NULL, 'a'},
    {"once", no_argument, NULL, '1'},
    {"idle-timeout", required_argument, NULL, 'i'},
    {"max-connections", required_argument, NULL, 'm'},
    {"drain", required_argument, NULL, OPT_DRAIN},
    {"same-user", no_argument, NULL, OPT_SAME_USER},
    {"carry", required_argument, NULL, OPT_CARRY},
    {"ask-proof", required_argument, NULL, OPT_ASK},
    {"give-proof", required_argument, NULL, OPT_GIVE},
    {"check-paraview", required_argument, NULL, OPT_CHECK},
    {"report", no_argument, NULL, OPT_REPORT},
    {"stats", no_argument, NULL, 's'},
    {"quiet", no_argument, NULL, 'q'},
    {"debug", no_argument, NULL, 'd'},
    {"foreground", no_argument, NULL, 'g'},
    {"on-the-fly-dns", no_argument, NULL, 'f'},
    {"transparent-proxy", no_argument, NULL, 't'},
    {"version", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static int take_bind(const char *text, char host[PVHOP_HOST_MAX + 1], struct pvhop_error *err)
{
    size_t len = strlen(text);

    if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    }
    if (len <= PVHOP_HOST_MAX) {
        memcpy(host, text, len);
        host[len] = '\0';
        if (pvhop_host_valid(host))
            return 0;
    }
    return pvhop_error_set(err, PVHOP_E_VALUE, "--bind: '%s' is not an address", text);
}

/* Returns 0 to go on, -1 with *err set, 1 when the program is to end well. */
static int take_arguments(struct program *p, int argc, char **argv,
                          struct pvhop_relay_config *config, struct pvhop_error *err)
{
    char bind[PVHOP_HOST_MAX + 1] = "";
    const char *file = NULL;
    int option;

    optind = 0; /* glibc: start over; the verb's caller may have used getopt before */
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":c:b:a:1i:m:sqdgftvh", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            if (file)
                return pvhop_error_set(err, PVHOP_E_USAGE, "--config is given twice");
            file = optarg;
            break;
        case 'b':
            if (take_bind(optarg, bind, err))
                return -1;
            break;
        case 'a':
            if (pvhop_relay_add_allow(config, optarg, err))
                return -1;
            break;
        case '1':
            config->once = true;
            break;
        case 'i':
            if (take_number("--idle-timeout", optarg, &config->idle_s, err))
                return -1;
            break;
        case 'm':
            if (take_number("--max-connections", optarg, &config->max_connections, err))
                return -1;
            break;
        case OPT_DRAIN:
            if (take_number("--drain", optarg, &config->drain_s, err))
                return -1;
            break;
        case OPT_SAME_USER:
            config->same_user = true;
            break;
        case OPT_ASK:
            config->ask_proof = optarg;
            break;
        case OPT_GIVE:
            config->give_proof = optarg;
            break;
        case OPT_CHECK:
            if (take_connect_id(optarg, &config->connect_id, err))
                return -1;
            config->check_paraview = true;
            break;
        case OPT_CARRY:
            p->carry = optarg;
            break;
        case OPT_REPORT:
            p->report = true;
            break;
        case 's':
            p->stats = true;
            break;
        case 'q':
            p->detail = 0;
            break;
        case 'd':
            p->detail = 2;
            break;
        case 'g':
        case 'f':
            break;
        case 't':
            return pvhop_error_set(err, PVHOP_E_USAGE,
                                   "--transparent-proxy is not supported: the relay connects from "
                                   "its own address");
        case 'v':
            printf("%s %s\n", p->name, PVHOP_VERSION);
            return 1;
        case 'h':
            printf(help, p->name, p->name, p->name);
            return 1;
        case ':':
            return pvhop_error_set(err, PVHOP_E_USAGE, "'%s' needs a value", argv[optind - 1]);
        default:
            return pvhop_error_set(err, PVHOP_E_USAGE, "'%s' is not known here", argv[optind - 1]);
        }
    }
    for (; optind < argc; optind++)
        if (pvhop_relay_add_map(config, argv[optind], bind[0] ? bind : NULL, err))
            return -1;
    if (file && pvhop_relay_read(config, file, err))
        return -1;
    if (p->carry)
        return 0;
    if (config->map_count == 0)
        return pvhop_error_set(err, PVHOP_E_USAGE, "there is nothing to forward");
    for (size_t i = 0; bind[0] && i < config->map_count; i++)
        if (!config->maps[i].listen_on[0]) /* those of the file that name none */
            memcpy(config->maps[i].listen_on, bind, sizeof(bind));
    return 0;
}

/* ---- running ---- */

static void on_log(void *user, int detail, const char *line)
{
    const struct program *p = user;

    if (detail <= p->detail)
        fprintf(stderr, "%s: %s\n", p->name, line);
}

static void on_listening(void *user, const struct pvhop_endpoint *where)
{
    const struct program *p = user;
    char text[PVHOP_ENDPOINT_TEXT];

    if (!p->report)
        return;
    printf("open %s\n", pvhop_endpoint_print(where, text));
    fflush(stdout);
}

static void print_stats(const struct program *p)
{
    struct pvhop_relay_counts n;

    pvhop_relay_stats(p->relay, &n);
    fprintf(stderr,
            "%s: %llu connections now, at most %llu; %llu accepted, %llu ended, %llu failed, %llu "
            "refused; %llu bytes to destinations, %llu from them\n",
            p->name, (unsigned long long)n.now, (unsigned long long)n.most,
            (unsigned long long)n.accepted, (unsigned long long)n.ended,
            (unsigned long long)n.failed, (unsigned long long)n.refused,
            (unsigned long long)n.to_destination, (unsigned long long)n.to_source);
}

static void on_done(void *user, const struct pvhop_error *err)
{
    struct program *p = user;

    p->end = *err;
    pvhop_loop_stop(p->loop);
}

static void on_signal(void *user, int number)
{
    struct program *p = user;

    if (number == SIGUSR1)
        print_stats(p);
    else
        pvhop_relay_stop(p->relay);
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int pvhop_relay_program(int argc, char **argv, const char *name,
                        const struct pvhop_resolver *resolver)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGUSR1, 0};
    const struct pvhop_relay_events events = {
        .log = on_log, .listening = on_listening, .done = on_done};
    struct program p = {.name = name, .detail = 1};
    struct pvhop_relay_config config = {.drain_s = DRAIN_S};
    struct pvhop_signals *watch = NULL;
    struct pvhop_error err = {.code = PVHOP_OK};
    int rc = take_arguments(&p, argc, argv, &config, &err);

    if (rc) {
        rc = rc > 0 ? EX_OK : fail(&p, &err);
        goto out;
    }
    pvhop_harden();                   /* it may know a token */
    setvbuf(stderr, NULL, _IOLBF, 0); /* whole lines, one write each */
    if (p.carry) {
        rc = pvhop_relay_carry(p.carry, &err) ? fail(&p, &err) : EX_OK;
        goto out;
    }
    raise_descriptor_limit();
    p.loop = pvhop_loop_new(&err);
    if (p.loop)
        watch = pvhop_signals_new(p.loop, signals, on_signal, &p, &err);
    if (watch)
        p.relay = pvhop_relay_new(p.loop, &config, resolver, &events, &p, &err);
    if (!p.relay || pvhop_loop_run(p.loop, &err)) {
        rc = fail(&p, &err);
        goto out;
    }
    if (p.stats)
        print_stats(&p);
    rc = p.end.code == PVHOP_OK ? EX_OK : fail(&p, &p.end);
out:
    pvhop_relay_free(p.relay);
    pvhop_signals_free(watch);
    pvhop_loop_free(p.loop);
    pvhop_relay_config_free(&config);
    return rc;
}
