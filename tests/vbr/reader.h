/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text of a configuration in, objects of the model out, by the real schema.
 */
#pragma once

#include "conf/conf.h"
#include "lib/base/errbuf.h"
#include "vbr/model/model.h"

struct vault;

struct reader {
	struct conf *conf;
	struct vault *vault;
	struct model *model;
	struct errbuf err;
};

void reader_init(struct reader *r);
void reader_fini(struct reader *r);
/** Replace everything by text: 0, or an error with sentences in r->err. */
int reader_load(struct reader *r, const char *text);
/** The same, for text that is right. */
void reader_must_load(struct reader *r, const char *text);
/** Of VBR a of tenant acme; there must be one. */
const struct model_peer *reader_peer(const struct reader *r, const char *address);
bool reader_ip_is(const struct ip_addr *a, const char *text);
