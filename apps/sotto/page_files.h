/* The files of the page, read once into memory: index.html and what lies in assets/. Only these can
 * be served, so that no request can name anything else. */
#ifndef APP_PAGE_FILES_H
#define APP_PAGE_FILES_H

#include "adapters/page_server.h"

#define PAGE_FILES_MAX 64

typedef struct page_files {
    page_file v[PAGE_FILES_MAX];
    char targets[PAGE_FILES_MAX][128];
    base_buf bodies[PAGE_FILES_MAX];
    size_t n;
} page_files;

/* Read from a folder. BASE_E_NOT_FOUND: no index.html there. BASE_E_LIMIT: too many, or more than
 * 8 MiB in one file. */
BASE_MUST_USE base_err page_files_load(page_files *f, const char *folder);
void page_files_clear(page_files *f);

/* Where the page should be: installed beside the program, or built in its source tree. False when
 * it is in neither; out then names the first. */
bool page_files_find(char *out, size_t size);

#endif
