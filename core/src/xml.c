/* SPDX-License-Identifier: BSD-3-Clause */
#include "xml.h"
#include <libxml/parser.h>
#include <libxml/SAX2.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool pvhop_xml_is(const xmlNode *node, const char *name)
{
    return node && node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

xmlNode *pvhop_xml_first(const xmlNode *node)
{
    xmlNode *child = node ? node->children : NULL;

    while (child && child->type != XML_ELEMENT_NODE)
        child = child->next;
    return child;
}

xmlNode *pvhop_xml_next(const xmlNode *node)
{
    xmlNode *next = node->next;

    while (next && next->type != XML_ELEMENT_NODE)
        next = next->next;
    return next;
}

xmlNode *pvhop_xml_child(const xmlNode *node, const char *name)
{
    xmlNode *child = pvhop_xml_first(node);

    while (child && !pvhop_xml_is(child, name))
        child = pvhop_xml_next(child);
    return child;
}

const char *pvhop_xml_attr(const xmlNode *node, const char *name)
{
    const xmlAttr *a = node ? node->properties : NULL;

    while (a && strcmp((const char *)a->name, name) != 0)
        a = a->next;
    if (!a)
        return NULL;
    /* One text node: without a DTD there are no entity references in between. */
    return a->children && a->children->content ? (const char *)a->children->content : "";
}

xmlNode *pvhop_xml_add(struct pvhop_builder *b, xmlNode *parent, const char *name)
{
    xmlNode *node = b->failed ? NULL : xmlNewChild(parent, NULL, (const xmlChar *)name, NULL);

    b->failed = b->failed || !node;
    return node;
}

void pvhop_xml_set(struct pvhop_builder *b, xmlNode *node, const char *name, const char *value)
{
    if (!b->failed && !xmlSetProp(node, (const xmlChar *)name, (const xmlChar *)value))
        b->failed = true;
}

void pvhop_xml_setf(struct pvhop_builder *b, xmlNode *node, const char *name, const char *format,
                    ...)
{
    char *text = NULL;
    va_list ap;
    int rc;

    va_start(ap, format);
    rc = vasprintf(&text, format, ap);
    va_end(ap);
    if (rc < 0) {
        b->failed = true;
        return;
    }
    pvhop_xml_set(b, node, name, text);
    free(text);
}

/* ---- where elements begin: the parser keeps lines only, and of where a tag ends ---- */

struct places {
    const char *text;
    size_t len, done; /* done: `line` and `begin` are those of this offset */
    unsigned line;
    size_t begin; /* of that line */
    bool doctype;
    char
        unreadable[128]; /* bytes that are none of the file's encoding: what libxml2 says of them */
    char first[256];     /* the first error that ends the reading, and its place */
    int first_line, first_column;
};

enum { COLUMN_BITS = 24 };

/* Nobody needs a DTD here; what it declares is not even read. */
static void on_doctype(void *user, const xmlChar *name, const xmlChar *external,
                       const xmlChar *system)
{
    xmlParserCtxt *ctxt = user;
    struct places *p = ctxt->_private;

    (void)name;
    (void)external;
    (void)system;
    p->doctype = true;
    xmlStopParser(ctxt);
}

/* After the parser's own work: the tag's place goes into the node's free pointer. */
static void on_element(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                       int namespaces, const xmlChar **namespace_list, int attributes,
                       int defaulted, const xmlChar **attribute_list)
{
    xmlParserCtxt *ctxt = user;
    struct places *p = ctxt->_private;
    long end;
    size_t at;

    xmlSAX2StartElementNs(user, name, prefix, uri, namespaces, namespace_list, attributes,
                          defaulted, attribute_list);
    if (!ctxt->node)
        return;
    if (ctxt->input->buf && ctxt->input->buf->encoder) {
        /* Of what is recoded, xmlByteConsumed counts all that is left each time. */
        ctxt->node->_private = (void *)((uintptr_t)xmlGetLineNo(ctxt->node) << COLUMN_BITS | 1u);
        return;
    }
    end = xmlByteConsumed(ctxt);
    if (end <= 0 || (size_t)end > p->len)
        return;
    /* A value cannot hold '<', so the nearest one before the tag's end is its beginning. */
    for (at = (size_t)end - 1; at > p->done && p->text[at] != '<';)
        at--;
    for (; p->done < at; p->done++)
        if (p->text[p->done] == '\n') {
            p->line++;
            p->begin = p->done + 1;
        }
    ctxt->node->_private = (void *)(((uintptr_t)p->line << COLUMN_BITS) |
                                    ((at - p->begin + 1) & (((uintptr_t)1 << COLUMN_BITS) - 1)));
}

void pvhop_xml_place(const xmlNode *node, unsigned *line, unsigned *column)
{
    uintptr_t place = node ? (uintptr_t)node->_private : 0;

    *line = (unsigned)(place >> COLUMN_BITS);
    *column = (unsigned)(place & (((uintptr_t)1 << COLUMN_BITS) - 1));
}

/* What recoding goes wrong at is told to nobody but this, which else is printed to standard error.
 */
#if LIBXML_VERSION >= 21200
static void on_error(void *user, const xmlError *said)
#else
static void on_error(void *user, xmlError *said)
#endif
{
    struct places *p = user;

    if (said->domain == XML_FROM_I18N && said->message && !*p->unreadable)
        snprintf(p->unreadable, sizeof(p->unreadable), "%.*s", (int)strcspn(said->message, "\n"),
                 said->message);
    if (said->level == XML_ERR_FATAL && said->message && !*p->first) {
        snprintf(p->first, sizeof(p->first), "%.*s", (int)strcspn(said->message, "\n"),
                 said->message);
        p->first_line = said->line;
        p->first_column = said->int2;
    }
}

static int parse_error(enum pvhop_code code, const xmlParserCtxt *ctxt, const char *name,
                       struct pvhop_error *err)
{
    const xmlError *said = xmlCtxtGetLastError((void *)(uintptr_t)ctxt);
    const char *text = said && said->message ? said->message : "not XML";
    const struct places *p = ctxt->_private;

    if (*p->unreadable)
        return pvhop_error_set(err, code, "%s: %s", name, p->unreadable);
    if (*p->first) /* those after it are of its making */
        return pvhop_error_set(err, code, "%s:%d:%d: %s", name, p->first_line, p->first_column,
                               p->first);
    return pvhop_error_set(err, code, "%s:%d:%d: %.*s", name, said ? said->line : 1,
                           said ? said->int2 : 1, (int)strcspn(text, "\n"), text);
}

xmlDoc *pvhop_xml_parse(const char *text, size_t len, const char *name, const char *outermost,
                        enum pvhop_code code, struct pvhop_error *err)
{
    /* NOENT is not among them: it would expand entities. HUGE neither: its limits are ours. */
    const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                        XML_PARSE_NOCDATA | XML_PARSE_COMPACT;
    xmlParserCtxt *ctxt = xmlNewParserCtxt();
    struct places places = {.text = text, .len = len, .line = 1};
    /* Each thread has one of its own, which may be set by whoever else uses libxml2 here. */
    const xmlStructuredErrorFunc before = xmlStructuredError;
    void *const before_user = xmlStructuredErrorContext;
    xmlDoc *doc = NULL;
    xmlNode *root;
    int rc = -1;

    if (!ctxt) {
        pvhop_error_set(err, PVHOP_E_MEMORY, "for %s", name);
        goto out;
    }
    ctxt->_private = &places;
    ctxt->sax->startElementNs = on_element;
    ctxt->sax->internalSubset = on_doctype;
    xmlSetStructuredErrorFunc(&places, on_error);
    doc = xmlCtxtReadMemory(ctxt, text, (int)len, NULL, NULL, options);
    xmlSetStructuredErrorFunc(before_user, before);
    if (places.doctype) {
        pvhop_error_set(err, code,
                        "%s: has a DOCTYPE; none is needed, and it could name other files", name);
        goto out;
    }
    if (!doc) {
        parse_error(code, ctxt, name, err);
        goto out;
    }
    root = xmlDocGetRootElement(doc);
    if (!pvhop_xml_is(root, outermost)) {
        /* As <Server> in <Servers>: a part of the documentation's, say. */
        const bool inside =
            root && strlen((const char *)root->name) + 1 == strlen(outermost) &&
            strncmp((const char *)root->name, outermost, strlen((const char *)root->name)) == 0;

        pvhop_error_set(err, code, "%s:%ld:1: the outermost element is <%s>, not <%s>%s", name,
                        root ? xmlGetLineNo(root) : 1, root ? (const char *)root->name : "",
                        outermost, inside ? ", inside which it belongs" : "");
        goto out;
    }
    rc = 0;
out:
    xmlFreeParserCtxt(ctxt);
    if (rc == 0)
        return doc;
    xmlFreeDoc(doc);
    return NULL;
}
