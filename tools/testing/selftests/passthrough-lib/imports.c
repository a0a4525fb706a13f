// SPDX-License-Identifier: GPL-2.0
/*
 * What a kernel module calls of others: the names that its symbol table leaves open.
 * Kernels without CONFIG_MODVERSIONS (Debian's 7.x) have no other list of them in the file.
 *
 *	imports <MODULE.ko
 *
 * One name a line. ELF for this machine, as modules are.
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No module of ours is a tenth of it. */
#define FILE_MAX (64UL << 20)

static size_t file_size;
static char *file;

/* part() - @size bytes at @at, or the end of the program if the file has them not. */
static void *part(size_t at, size_t size)
{
	if (at > file_size || size > file_size - at) {
		fprintf(stderr, "imports: the file ends before byte %zu\n", at + size);
		exit(1);
	}
	return file + at;
}

static void print_open(const Elf64_Shdr *sections, const Elf64_Shdr *table)
{
	const Elf64_Shdr *names = &sections[table->sh_link];
	const Elf64_Sym *symbols = part(table->sh_offset, table->sh_size);
	const char *text = part(names->sh_offset, names->sh_size);
	size_t i;

	for (i = 0; i < table->sh_size / sizeof(*symbols); i++) {
		if (symbols[i].st_shndx != SHN_UNDEF || !symbols[i].st_name)
			continue;
		if (symbols[i].st_name < names->sh_size)
			printf("%.*s\n", (int)(names->sh_size - symbols[i].st_name),
			       text + symbols[i].st_name);
	}
}

int main(void)
{
	const Elf64_Ehdr *head;
	const Elf64_Shdr *sections;
	int i;

	file = malloc(FILE_MAX);
	if (!file)
		return 1;
	file_size = fread(file, 1, FILE_MAX, stdin);

	head = part(0, sizeof(*head));
	if (memcmp(head->e_ident, ELFMAG, SELFMAG) || head->e_ident[EI_CLASS] != ELFCLASS64) {
		fprintf(stderr, "imports: this is no 64-bit ELF file; is it still compressed?\n");
		return 1;
	}
	sections = part(head->e_shoff, head->e_shnum * sizeof(*sections));
	for (i = 0; i < head->e_shnum; i++) {
		if (sections[i].sh_type == SHT_SYMTAB && sections[i].sh_link < head->e_shnum)
			print_open(sections, &sections[i]);
	}
	return 0;
}
