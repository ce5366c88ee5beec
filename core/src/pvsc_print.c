/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tree as text, as ParaView itself writes it (vtkPVXMLElement::PrintXML): two spaces a level,
 * no XML declaration, attributes in their order. Comments, which ParaView drops, are kept.
 */
#include "pvsc_private.h"
#include "text.h"
#include <string.h>

static void put(struct pvhop_text *t, const char *s)
{
    pvhop_text_add(t, s, strlen(s));
}

static void put_escaped(struct pvhop_text *t, const char *s, bool attribute)
{
    for (; *s; s++) {
        switch (*s) {
        case '&':
            put(t, "&amp;");
            break;
        case '<':
            put(t, "&lt;");
            break;
        case '>':
            put(t, "&gt;");
            break;
        case '\r':
            put(t, "&#13;");
            break;
        case '"':
            put(t, attribute ? "&quot;" : "\"");
            break;
        case '\n': /* a reader would make a space of it */
            put(t, attribute ? "&#10;" : "\n");
            break;
        case '\t':
            put(t, attribute ? "&#9;" : "\t");
            break;
        default:
            pvhop_text_add(t, s, 1);
        }
    }
}

static void put_name(struct pvhop_text *t, const xmlNs *ns, const xmlChar *name)
{
    if (ns && ns->prefix)
        pvhop_text_addf(t, "%s:", (const char *)ns->prefix);
    put(t, (const char *)name);
}

static void put_attributes(struct pvhop_text *t, const xmlNode *node)
{
    for (const xmlNs *ns = node->nsDef; ns; ns = ns->next) {
        pvhop_text_addf(t, " xmlns%s%s=\"", ns->prefix ? ":" : "",
                        ns->prefix ? (const char *)ns->prefix : "");
        put_escaped(t, (const char *)ns->href, true);
        put(t, "\"");
    }
    for (const xmlAttr *a = node->properties; a; a = a->next) {
        put(t, " ");
        put_name(t, a->ns, a->name);
        put(t, "=\"");
        if (a->children && a->children->content)
            put_escaped(t, (const char *)a->children->content, true);
        put(t, "\"");
    }
}

static bool is_blank(const xmlNode *node)
{
    return node->type == XML_TEXT_NODE && xmlIsBlankNode(node);
}

/* Text between elements: then the spaces may matter to somebody, and all stays as it is. */
static bool has_text(const xmlNode *node)
{
    for (const xmlNode *child = node->children; child; child = child->next)
        if (child->type == XML_TEXT_NODE && !is_blank(child))
            return true;
    return false;
}

static void put_leaf(struct pvhop_text *t, const xmlNode *node)
{
    const char *content = node->content ? (const char *)node->content : "";

    if (node->type == XML_COMMENT_NODE)
        pvhop_text_addf(t, "<!--%s-->", content);
    else if (node->type == XML_PI_NODE)
        pvhop_text_addf(t, "<?%s%s%s?>", (const char *)node->name, *content ? " " : "", content);
    else
        put_escaped(t, content, false);
}

static void put_indent(struct pvhop_text *t, int depth)
{
    pvhop_text_addf(t, "%*s", 2 * depth, "");
}

/* `plain`: inside text, where nothing may be added. The depth is bounded by the parser (256). */
static void put_node(struct pvhop_text *t, const xmlNode *node, int depth, bool plain)
{
    bool inner_plain = plain || has_text(node);

    if (!plain && is_blank(node))
        return;
    if (!plain)
        put_indent(t, depth);
    if (node->type != XML_ELEMENT_NODE) {
        put_leaf(t, node);
    } else {
        bool any = false;

        put(t, "<");
        put_name(t, node->ns, node->name);
        put_attributes(t, node);
        for (const xmlNode *child = node->children; child; child = child->next)
            any = any || inner_plain || !is_blank(child);
        put(t, any ? inner_plain ? ">" : ">\n" : "/>");
        for (const xmlNode *child = node->children; any && child; child = child->next)
            put_node(t, child, depth + 1, inner_plain);
        if (any && !inner_plain)
            put_indent(t, depth);
        if (any) {
            put(t, "</");
            put_name(t, node->ns, node->name);
            put(t, ">");
        }
    }
    if (!plain)
        put(t, "\n");
}

static char *finish(struct pvhop_text *t)
{
    if (!t->failed)
        return t->s;
    pvhop_text_free(t);
    return NULL;
}

char *pvhop_pvsc_print(const struct pvhop_pvsc *f)
{
    struct pvhop_text t = {0};

    for (const xmlNode *node = f->doc->children; node; node = node->next)
        put_node(&t, node, 0, false);
    return finish(&t);
}

char *pvhop_pvsc_print_entry(const struct pvhop_pvsc *f, const char *name, struct pvhop_error *err)
{
    const xmlNode *server = pvhop_pvsc_find(f, name, err);
    struct pvhop_text t = {0};
    char *text;

    if (!server)
        return NULL;
    put_node(&t, server, 0, false);
    text = finish(&t);
    if (!text)
        pvhop_error_set(err, PVHOP_E_MEMORY, "for the entry");
    return text;
}
