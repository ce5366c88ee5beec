// SPDX-License-Identifier: BSD-3-Clause
/** A document against a RELAX NG schema of pvsc/, by libxml2. */
#ifndef PVHOP_TESTS_SCHEMA_HPP
#define PVHOP_TESTS_SCHEMA_HPP
#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <stdarg.h>
#include <stdio.h>
#include <string>

class Schema
{
  public:
    explicit Schema(const char *path)
    {
        xmlRelaxNGParserCtxtPtr c = xmlRelaxNGNewParserCtxt(path);
        this->schema = xmlRelaxNGParse(c);
        xmlRelaxNGFreeParserCtxt(c);
    }
    ~Schema()
    {
        xmlRelaxNGFree(this->schema);
    }
    Schema(const Schema &) = delete;
    Schema &operator=(const Schema &) = delete;

    /** The verdict; what is wrong is in `why`. */
    bool valid(const std::string &text)
    {
        this->why.clear();
        xmlDocPtr doc = xmlReadMemory(text.data(), int(text.size()), "text.xml", nullptr,
                                      XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NONET);
        xmlRelaxNGValidCtxtPtr c = xmlRelaxNGNewValidCtxt(this->schema);
        xmlRelaxNGSetValidErrors(c, take, take, this);
        bool ok = this->schema && doc && xmlRelaxNGValidateDoc(c, doc) == 0;
        xmlRelaxNGFreeValidCtxt(c);
        xmlFreeDoc(doc);
        return ok;
    }
    std::string why;

  private:
    static void take(void *self, const char *format, ...) __attribute__((format(printf, 2, 3)))
    {
        char line[500];
        va_list ap;
        va_start(ap, format);
        vsnprintf(line, sizeof(line), format, ap);
        va_end(ap);
        static_cast<Schema *>(self)->why += line;
    }
    xmlRelaxNGPtr schema = nullptr;
};
#endif
