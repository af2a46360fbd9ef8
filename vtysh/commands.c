/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command table. A row is the manual's line: the pattern is what is typed, the help is what
 * '?' says at its end. To add a command, add a row; completion, help, abbreviation and errors
 * follow.
 */
#include "vtysh/commands.h"

#include <ctype.h>
#include <string.h>

#include "lib/base/compiler.h"
#include "lib/base/walltime.h"
#include "lib/net/prefix.h"

static bool is_address(const char *word)
{
	struct ip_addr a;

	return ip_parse(word, &a) == 0;
}

static bool is_prefix(const char *word)
{
	struct prefix p;

	return prefix_parse(word, &p) == 0 || is_address(word);
}

static bool is_number(const char *word)
{
	const size_t n = strspn(word, "0123456789");

	return n > 0 && n < 10 && !word[n];
}

/* Minutes, or with a letter behind the number seconds or hours. */
static bool is_duration(const char *word)
{
	const size_t n = strspn(word, "0123456789");

	return n > 0 && n < 8 && (!word[n] || (strchr("smh", word[n]) && !word[n + 1]));
}

static bool is_time(const char *word)
{
	int64_t t;

	return walltime_parse(word, &t) == 0;
}

/* clang-format off */
static const struct variable variables[] = {
	{ "TENANT",     "name of a tenant",  NULL, "/vbrd:tenant" },
	{ "VBR",        "name of a virtual border router", NULL,
	  "/vbrd:tenant[name='%s']/vbr", { "TENANT" } },
	{ "VPC",        "name of a VPC",     NULL, "/vbrd:tenant[name='%s']/vpc", { "TENANT" } },
	{ "PEERING",    "name of a peering connection", NULL,
	  "/vbrd:tenant[name='%s']/peering", { "TENANT" } },
	{ "CONNECTION", "name of a physical connection", NULL, "/vbrd:physical-connection" },
	{ "ADDRESS",    "address of a BGP peer", is_address,
	  "/vbrd:tenant[name='%s']/vbr[name='%s']/bgp/peer", { "TENANT", "VBR" } },
	{ "PREFIX",     "10.1.0.0/16, 2001:db8::/32, or an address", is_prefix },
	{ "NUMBER",     "number of commits ago; 0 is running", is_number },
	{ "SECONDS",    "seconds until the commit takes itself back", is_number },
	{ "WAIT",       "seconds until it goes down all the same; 0 is at once", is_number },
	{ "GROUP",      "name of a failover group", NULL,
	  "/vbrd:tenant[name='%s']/failover-group", { "TENANT" } },
	{ "MEMBER",     "name of one of its VBRs", NULL,
	  "/vbrd:tenant[name='%s']/vbr", { "TENANT" } },
	{ "PEER",       "address of a BGP peer of one of its VBRs", is_address },
	{ "DURATION",   "minutes, 1..4320; or 90s, 2h", is_duration },
	{ "MS",         "milliseconds", is_number },
	{ "FILE",       "name of a file" },
	{ "TEXT",       "words" },
	{ "TIME",       "2026-11-28, or 2026-11-28T10:00:00Z", is_time },
	{ "UNTIL",      "2026-11-28, or 2026-11-28T10:00:00Z; not included", is_time },
	{ "PATH",       "words of the configuration that lead to a part of it" },
};

static const struct {
	const char *word;
	const char *help;
} words[] = {
	{ "abort",        "end it now; what was taken down comes back" },
	{ "accepted",     "routes that the import policy accepted" },
	{ "advertised",   "routes that are sent to the peer" },
	{ "all",          "all peers of the VBR" },
	{ "asymmetry",    "traffic that leaves by one VBR and returns by another" },
	{ "at",           "begin at this time" },
	{ "bfd",          "sessions that watch neighbours" },
	{ "bgp",          "BGP sessions and routes" },
	{ "bill",          "what the usage costs" },
	{ "by",           "how it is taken down" },
	{ "cancel",       "take the confirmed commit back at once" },
	{ "candidate-config", "configuration as edited here" },
	{ "check",        "validate, and say what would change" },
	{ "clear",        "reset sessions" },
	{ "comment",      "words for the history" },
	{ "commit",       "make the candidate the running configuration" },
	{ "compare",      "show what the candidate changes" },
	{ "configuration", "stored configurations" },
	{ "configure",    "edit a private candidate of the configuration" },
	{ "confirm",      "keep the confirmed commit" },
	{ "confirmed",    "take the commit back unless it is confirmed in time" },
	{ "csv",           "as CSV" },
	{ "cut",          "as if the line broke; a peer's session is shut at once" },
	{ "discard",      "forget all edits" },
	{ "do",           "run a command of the other mode" },
	{ "drain",        "let traffic leave first" },
	{ "drill",        "take one side down for a while, and measure" },
	{ "drills",       "failover drills, the newest first" },
	{ "duration",     "how long it is down" },
	{ "drift",        "differences between the kernel and what is wanted" },
	{ "end",          "leave the configuration mode" },
	{ "events",       "sessions, limits, commits, lines, errors of the kernel" },
	{ "exclusive",    "keep others from committing meanwhile" },
	{ "exit",         "one level up" },
	{ "explain",      "say why a route is as it is" },
	{ "failover",     "pairs of VBRs that stand in for each other" },
	{ "failover-group", "two VBRs that stand in for each other" },
	{ "force",        "although the group is not healthy" },
	{ "from",          "from this time on" },
	{ "history",      "commits, newest first" },
	{ "hours",         "records of hours" },
	{ "in",           "run the import policy again" },
	{ "ipv4",         "IPv4 only" },
	{ "ipv6",         "IPv6 only" },
	{ "json",         "as JSON" },
	{ "line",         "a physical connection and all VBRs on it" },
	{ "load",         "read a file into the candidate" },
	{ "longer",       "the prefix and all inside it" },
	{ "longest-match", "the route that forwards the address" },
	{ "memory",       "where the memory went" },
	{ "merge",        "add to the candidate" },
	{ "message",      "words for the neighbour, 255 octets at most" },
	{ "metering",      "usage, and what it costs" },
	{ "monitor",      "watch the daemon live" },
	{ "no",           "delete" },
	{ "out",          "send the routes again" },
	{ "peer",         "one session" },
	{ "health",       "health checks" },
	{ "peering",      "peering connections" },
	{ "physical-connection", "ports with leased lines" },
	{ "qos",          "traffic queues" },
	{ "quit",         "leave the shell" },
	{ "received",     "routes as the peer sent them" },
	{ "recover",      "put back in service" },
	{ "rejected",     "routes that the import policy rejected" },
	{ "replace",      "put in place of the candidate" },
	{ "request",      "give an order that holds through restarts" },
	{ "rollback",     "take an older configuration" },
	{ "route",        "routes in the kernel: wanted and installed" },
	{ "routes",       "routes in the BGP table" },
	{ "running-config", "configuration in force" },
	{ "samples",       "records of samples" },
	{ "save",         "write the running configuration to a file" },
	{ "show",         "show state and configuration" },
	{ "shutdown",     "end the daemon; routes stay in the kernel" },
	{ "soft",         "without taking the session down" },
	{ "start",        "begin, or be scheduled" },
	{ "target",       "what is taken down; the primary, unless it is said" },
	{ "summary",      "one line a session" },
	{ "system",       "the daemon as a whole" },
	{ "tenant",       "tenants" },
	{ "terminate",    "drain it, then take it out of service; the configuration stays" },
	{ "threads",      "threads and their load" },
	{ "to",            "up to this time" },
	{ "vbr",          "virtual border routers" },
	{ "verify",        "check the hash chains of the records" },
	{ "version",      "versions of the daemon and its parts" },
	{ "vpc",          "VPCs" },
	{ "within",       "longest time without an answer that is no failure" },
	{ "with-defaults", "with the values of the model's defaults" },
	{ "withdraw",     "take our routes out of the kernel first" },
	{ "xml",          "as XML" },
};

#define SHOW(name, op_, reply_, ...) \
	static const struct show show_##name = { VBRD__REQUEST__OP_SHOW_##op_, \
		&vbrd__##reply_##__descriptor, { __VA_ARGS__ } }

SHOW(version,    VERSION,             version,     { NULL });
SHOW(system,     SYSTEM,              system,      { NULL });
SHOW(memory,     MEMORY,              memory,      { NULL });
SHOW(threads,    THREADS,             threads,     { NULL });
SHOW(connection, PHYSICAL_CONNECTION, physical_connections, { "name", "CONNECTION" });
SHOW(tenant,     TENANT,              tenants,     { "name", "TENANT" });
SHOW(vbr,        VBR,                 vbrs,        { "tenant", "TENANT" }, { "name", "VBR" });
SHOW(vpc,        VPC,                 vpcs,        { "tenant", "TENANT" }, { "name", "VPC" });
SHOW(peering,    PEERING,             peerings,    { "tenant", "TENANT" }, { "name", "PEERING" });
SHOW(health,     HEALTH,              health_checks, { "tenant", "TENANT" }, { "name", "PEERING" });
SHOW(summary,    BGP_SUMMARY,         bgp_summary, { "tenant", "TENANT" }, { "vbr", "VBR" });
SHOW(peer,       BGP_PEER,            bgp_peers,   { "tenant", "TENANT" }, { "vbr", "VBR" },
     { "address", "ADDRESS" });
SHOW(bfd,        BFD,                 bfd_sessions, { NULL });
SHOW(qos,        QOS,                 qos_queues,  { "tenant", "TENANT" }, { "vbr", "VBR" });
SHOW(failover,   FAILOVER,            failover_groups, { "tenant", "TENANT" });
SHOW(drills,     DRILLS,              drills,      { "tenant", "TENANT" }, { "group", "GROUP" });
SHOW(asymmetry,  ASYMMETRY,           asymmetries, { "tenant", "TENANT" });
SHOW(drift,      DRIFT,               drift,       { NULL });
SHOW(verify,     METERING_VERIFY,     metering_chains, { "tenant", "TENANT" });

#define ANY    COMMAND_ANY
#define STATE  (COMMAND_ANY | COMMAND_JSON)
#define CONFIG COMMAND_CONFIG

static const struct command commands[] = {
	{ "show bgp summary [tenant TENANT [vbr VBR]]",
	  "show BGP sessions, one line each", STATE, cmd_show, &show_summary },
	{ "show bgp peer [tenant TENANT vbr VBR [ADDRESS]]",
	  "show all about BGP sessions", STATE, cmd_show, &show_peer },
	{ "show bgp routes tenant TENANT (vbr VBR|vpc VPC) [ipv4|ipv6] "
	  "[PREFIX [longer|longest-match]] [peer ADDRESS (received|accepted|rejected|advertised)]",
	  "show the BGP table", STATE, cmd_show_bgp_routes },
	{ "show route tenant TENANT (vbr VBR|vpc VPC) [ipv4|ipv6] "
	  "[PREFIX [longer|longest-match]]",
	  "show the kernel's routes", STATE, cmd_show_route },
	{ "explain tenant TENANT (vbr VBR|vpc VPC) PREFIX [peer ADDRESS]",
	  "say why the routes of a prefix are as they are", STATE, cmd_explain },
	{ "monitor events [tenant TENANT] [routes]",
	  "tell what happens, as it happens; Ctrl-C ends it", STATE, cmd_monitor },
	{ "show tenant [TENANT]", "show tenants", STATE, cmd_show, &show_tenant },
	{ "show tenant TENANT asymmetry",
	  "show prefixes whose traffic leaves by one VBR and returns by another", STATE, cmd_show,
	  &show_asymmetry },
	{ "show vbr [TENANT [VBR]]", "show virtual border routers", STATE, cmd_show, &show_vbr },
	{ "show vpc [TENANT [VPC]]", "show VPCs", STATE, cmd_show, &show_vpc },
	{ "show peering [TENANT [PEERING]]", "show peering connections", STATE, cmd_show,
	  &show_peering },
	{ "show health [TENANT [PEERING]]", "show health checks", STATE,
	  cmd_show, &show_health },
	{ "show failover [TENANT]", "show failover groups and what their audits found", STATE,
	  cmd_show, &show_failover },
	{ "show failover-group [TENANT [GROUP]] drills",
	  "show failover drills: those to come, those that run, and what was found", STATE,
	  cmd_show, &show_drills },
	{ "show physical-connection [CONNECTION]", "show ports", STATE, cmd_show,
	  &show_connection },
	{ "show bfd", "show BFD sessions", STATE, cmd_show, &show_bfd },
	{ "show qos [tenant TENANT [vbr VBR]]", "show traffic queues", STATE, cmd_show, &show_qos },
	{ "show drift", "show where the kernel differs", STATE, cmd_show, &show_drift },
	{ "show metering [tenant TENANT] [from TIME] [to UNTIL] [csv]", "show usage", STATE,
	  cmd_show_metering },
	{ "show metering (samples|hours) [tenant TENANT] [from TIME] [to UNTIL] [csv]",
	  "show the records of usage", STATE, cmd_show_metering_records },
	{ "show metering bill [tenant TENANT] [from TIME] [to UNTIL] [csv]",
	  "show what usage costs", STATE, cmd_show_metering_bill },
	{ "show metering verify [tenant TENANT]", "check the hash chains of the records", STATE,
	  cmd_show, &show_verify },
	{ "show version", "show versions", STATE, cmd_show, &show_version },
	{ "show system", "show the daemon as a whole", STATE, cmd_show, &show_system },
	{ "show memory", "show memory", STATE, cmd_show, &show_memory },
	{ "show threads", "show threads", STATE, cmd_show, &show_threads },

	{ "show running-config [PATH...] [json|xml] [with-defaults]",
	  "show the configuration in force", ANY, cmd_show_running },
	{ "show candidate-config [PATH...] [json|xml] [with-defaults]",
	  "show the configuration as edited", ANY, cmd_show_candidate },
	{ "show configuration history", "show commits", STATE, cmd_show_history },
	{ "configure [exclusive]", "edit the configuration", COMMAND_EXEC, cmd_configure },
	{ "compare [rollback NUMBER]", "show what the candidate changes", CONFIG, cmd_compare },
	{ "discard", "forget all edits", CONFIG, cmd_discard },
	{ "commit [confirmed SECONDS] [comment TEXT...]",
	  "make the candidate the running configuration", ANY, cmd_commit },
	{ "commit check [confirmed SECONDS] [comment TEXT...]",
	  "say what the candidate would change", STATE, cmd_commit },
	{ "commit (confirm|cancel)", "keep or take back a confirmed commit", ANY, cmd_commit },
	{ "rollback NUMBER", "take an older configuration as candidate", CONFIG, cmd_rollback },
	{ "load (merge|replace) FILE", "read a file into the candidate", CONFIG, cmd_load },
	{ "save FILE", "write the running configuration to a file", ANY, cmd_save },

	{ "clear bgp tenant TENANT vbr VBR (all|ADDRESS) [soft (in|out)] [message TEXT...]",
	  "reset BGP sessions", ANY, cmd_clear_bgp },
	{ "request tenant TENANT vbr VBR terminate [drain WAIT]",
	  "take a VBR out of service, traffic first", ANY, cmd_request_vbr },
	{ "request tenant TENANT vbr VBR recover",
	  "put a terminated VBR back in service", ANY, cmd_request_vbr },
	{ "request tenant TENANT failover-group GROUP drill start {at TIME|"
	  "duration DURATION|by (drain|cut)|target (vbr MEMBER|line CONNECTION|peer PEER)|"
	  "within MS|force}",
	  "take one side of a failover group down for a while", ANY, cmd_request_drill },
	{ "request tenant TENANT failover-group GROUP drill abort",
	  "end a failover drill, or forget a scheduled one", ANY, cmd_request_drill },
	{ "shutdown [withdraw]", "end the daemon", COMMAND_EXEC | COMMAND_WHOLE, cmd_shutdown },
	{ "exit", "one level up", ANY, cmd_exit },
	{ "quit", "leave the shell", COMMAND_EXEC, cmd_exit },
	{ "end", "leave the configuration mode", CONFIG, cmd_end },
};
/* clang-format on */

static const char *word_help(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(words[i].word, word) == 0)
			return words[i].help;
	}
	return "";
}

const struct grammar_tables command_tables = {
	.commands = commands,
	.n_commands = ARRAY_SIZE(commands),
	.variables = variables,
	.n_variables = ARRAY_SIZE(variables),
	.word_help = word_help,
};
