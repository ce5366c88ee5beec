/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_REDACT_H
#define PVHOP_REDACT_H
/**
 * Takes out of a text what says who and where, for a report that others read. The same thing gets
 * the same stand-in everywhere, so that the text can still be followed:
 *
 *   people and accounts     user1, user2 ...   those that are known, those before the @ of a host,
 *                                              and the owners of home folders
 *   hosts                   host1 ...          those that are known, and whatever is written as a
 *                                              full domain name
 *   addresses               addr1 ...          IPv4 and IPv6, but for loopback and "any"
 *   fingerprints, tokens    (hidden)           SHA256:..., 32 and more hexadecimal digits, 40 and
 *                                              more letters and digits in one word
 *   what a name calls secret  (hidden)         the value behind password, passphrase, secret,
 *                                              token, key and = or :
 *
 * Left as they are: versions, error codes, options, paths but for the owner of a home folder, and
 * names of queues, accounts and modules.
 */
#ifdef __cplusplus
extern "C" {
#endif

struct pvhop_redact;

/** NULL: no memory. */
struct pvhop_redact *pvhop_redact_new(void);
void pvhop_redact_free(struct pvhop_redact *r);
/** A name that has to go wherever it stands as a word of its own; NULL, "" and what everybody has
 * ("root", "localhost") are passed over. A host's first label goes with it. */
void pvhop_redact_user(struct pvhop_redact *r, const char *name);
void pvhop_redact_host(struct pvhop_redact *r, const char *name);
/** The text without them, newly allocated; NULL: no memory. */
char *pvhop_redact_text(struct pvhop_redact *r, const char *text);

#ifdef __cplusplus
}
#endif
#endif
