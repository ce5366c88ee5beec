/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PVHOP_XML_H
#define PVHOP_XML_H
/** libxml2's tree, read with care, and how ParaView looks at it. */
#include <libxml/tree.h>
#include <pvhop/error.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Hardened: no network, no DTD, no entity but XML's five, libxml2's own limits of depth and size.
 * Errors have `code` and name file:line:column (`name` is the file). To be freed with xmlFreeDoc.
 */
xmlDoc *pvhop_xml_parse(const char *text, size_t len, const char *name, const char *outermost,
                        enum pvhop_code code, struct pvhop_error *err);

/* ---- the tree as ParaView looks at it (vtkPVXMLElement): elements only ---- */
bool pvhop_xml_is(const xmlNode *node, const char *name);
xmlNode *pvhop_xml_child(const xmlNode *node, const char *name); /* the first of that name */
xmlNode *pvhop_xml_first(const xmlNode *node);                   /* the first element child */
xmlNode *pvhop_xml_next(const xmlNode *node);                    /* the next element */
/* An attribute's value, owned by the tree; NULL if it is not there. */
const char *pvhop_xml_attr(const xmlNode *node, const char *name);

/* Where an element begins in its file, from 1; 0 and 0 if it was made in memory. */
void pvhop_xml_place(const xmlNode *node, unsigned *line, unsigned *column);

/* ---- building; `failed` is set when memory runs out, and all that follows does nothing ---- */
struct pvhop_builder {
    bool failed;
};
xmlNode *pvhop_xml_add(struct pvhop_builder *b, xmlNode *parent, const char *name);
void pvhop_xml_set(struct pvhop_builder *b, xmlNode *node, const char *name, const char *value);
void pvhop_xml_setf(struct pvhop_builder *b, xmlNode *node, const char *name, const char *format,
                    ...) __attribute__((format(printf, 4, 5)));

#ifdef __cplusplus
}
#endif
#endif
