// SPDX-License-Identifier: BSD-3-Clause
#ifndef sites_h
#define sites_h

#include <string>

/// What `pvhop probe` says of a cluster with Slurm whose sshd has GatewayPorts no.
inline std::string clusterResult()
{
  return R"({"host":"login.cluster.edu","user":"alice","reached_ms":18,)"
         R"("ssh":{"server":"OpenSSH_9.2","methods":["publickey","keyboard-interactive"],)"
         R"("used":"publickey","hostkey":"SHA256:x","round_trip_ms":18.2,"mib_per_s":84},)"
         R"("forwarding":{"reverse_loopback":"yes","reverse_inside":"no","reverse_bound":null,)"
         R"("local":"yes","local_node":"yes","stdio":"yes","max_sessions":10,"helper":"yes"},)"
         R"("inside":[{"name":"fe","address":"10.0.0.1"}],)"
         R"("schedulers":[{"name":"slurm","version":"22.05","queues":[)"
         R"({"name":"batch","is_default":false,"max_walltime":86400,"nodes":200,"usable":true},)"
         R"({"name":"viz","is_default":true,"max_walltime":14400,"nodes":8,"usable":true}],)"
         R"("accounts":["abc123","teaching"],"reservations":[],"constraints":["gpu","highmem"]}],)"
         R"("pvservers":[{"path":"/apps/pv-5.10/bin/pvserver","module":null,"version":"5.10.1",)"
         R"("mpi":"openmpi","rendering":["osmesa"]},)"
         R"({"path":null,"module":"paraview/5.11.0","version":"5.11.0","mpi":"openmpi",)"
         R"("rendering":["egl","osmesa"]}],)"
         R"("nodes_ssh":"no","leftovers":[],"site":null,"routes":[)"
         R"({"route":"two-hop-forward","possible":true,"recommended":true,"encrypted":true,)"
         R"("why":""},)"
         R"({"route":"relay-tunnel","possible":true,"recommended":false,"encrypted":true,"why":""},)"
         R"({"route":"stdio","possible":true,"recommended":false,"encrypted":true,)"
         R"("why":"Slower than a forwarding."},)"
         R"({"route":"tunnel","possible":false,"recommended":false,"encrypted":true,)"
         R"("why":"sshd opens the way back on its own loopback only (GatewayPorts no), where the )"
         R"(nodes cannot reach it."},)"
         R"({"route":"two-hop-reverse","possible":false,"recommended":false,"encrypted":true,)"
         R"("why":"The nodes do not let you log in by ssh."},)"
         R"({"route":"relay","possible":false,"recommended":false,"encrypted":false,)"
         R"("why":"The front end cannot reach this computer: a firewall drops what comes in."},)"
         R"({"route":"direct","possible":false,"recommended":false,"encrypted":false,)"
         R"("why":"The nodes cannot reach this computer: a firewall drops what comes in."}],)"
         R"("recommended":"two-hop-forward","reason":"ssh may connect from the front end to its )"
         R"(nodes.","request":"Dear administrator, ..."})";
}

/// Of a workstation: no batch system, everything allowed.
inline std::string workstationResult()
{
  return R"({"host":"lab7","user":"alice","schedulers":[],)"
         R"("pvservers":[{"path":"/usr/bin/pvserver","module":null,"version":"5.11.0",)"
         R"("mpi":null,"rendering":["glx"]}],"routes":[)"
         R"({"route":"tunnel","possible":true,"recommended":true,"encrypted":true,"why":""},)"
         R"({"route":"direct","possible":true,"recommended":false,"encrypted":false,"why":""}],)"
         R"("recommended":"tunnel","reason":"","request":""})";
}

inline std::string checkLine(const char* check,
                             const char* state,
                             const char* text,
                             const char* remedy = "")
{
  return std::string(R"({"v":1,"t":0.5,"event":"check","check":")") + check + R"(","state":")" +
         state + R"(","text":")" + text + R"(","remedy":")" + remedy + "\"}\n";
}

inline std::string resultLine(const std::string& result)
{
  return R"({"v":1,"t":3,"event":"result","result":)" + result + "}\n";
}

/// In pvhop's own words.
inline std::string clusterChecks()
{
  return checkLine("reach", "ok", "login.cluster.edu answers in 18 ms: SSH-2.0-OpenSSH_9.2") +
         checkLine("hostkey", "ok", "ED25519 SHA256:uNiVeRsALlYtHeRiGhToNe, on record") +
         checkLine(
           "login", "ok", "alice@login.cluster.edu, by publickey and keyboard-interactive") +
         checkLine("site", "ok", "it does not describe itself (/etc/pvhop/site.xml)") +
         checkLine("speed", "ok", "round trip 18 ms, 84 MiB/s from there") +
         checkLine("forwarding",
                   "note",
                   "ports of the host that lead here: on its loopback yes, on its inside addresses "
                   "granted, but bound on loopback only; connections from the host: to itself yes, "
                   "to a node yes",
                   "There is a route that does without. To have all routes, ask the administrator "
                   "for 'GatewayPorts clientspecified' in sshd_config.") +
         checkLine("helper", "ok", "may be uploaded to /home/alice/.cache, and runs there") +
         checkLine("scheduler", "ok", "Slurm (22.05) with 2 queues, 2 accounts") +
         checkLine(
           "nodes",
           "note",
           "ssh from the host to cn1 is not possible now: Permission denied (publickey).",
           "Only route 'two-hop-reverse' needs it. Many sites allow it while a job of yours "
           "runs there.") +
         checkLine("pvserver", "ok", "5.11.0 (module paraview/5.11.0), 5.10.1") +
         checkLine(
           "rendering", "ok", "EGL, and the batch system has GPUs: ask for one with --gpus 1") +
         checkLine("leftovers", "ok", "nothing is left of earlier connections");
}

#endif
