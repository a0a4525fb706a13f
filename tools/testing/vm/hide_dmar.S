/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An option ROM that renames QEMU's own table DMAR, so that the only one of that name is
 * what QEMU was given with -acpitable. SeaBIOS runs it after the tables are in place and
 * before anything boots: a hypervisor and its dom0 then find the same table.
 *
 * QEMU appends -acpitable's tables, so its own comes first in the RSDT. The new name
 * has the same letters, and with them the checksum stays.
 *
 *	cc -m32 -c hide_dmar.S && ld -m elf_i386 -Ttext 0 --oformat binary
 *
 * The last byte makes the sum of all 512 zero (firmware.sh).
 */
#define ROM_BLOCKS	1	/* of 512 bytes */
#define TABLE_LENGTH	4
#define TABLE_HEADER	36
#define RSDP_RSDT	16

	.code16
	.text
	.globl _start
_start:
	.byte	0x55, 0xaa, ROM_BLOCKS
	jmp	entry
	.org	0x1c		/* no PCI header, no PnP header: zeroes */

entry:
	pushfl
	pushal
	pushw	%fs
	cli
	call	flat_fs
	call	find_rsdp
	jc	out
	call	rename
out:
	popw	%fs
	popal
	popfl
	lretw

/* Give FS the base 0 and a limit of 4 GB, which outlives protected mode. */
flat_fs:
	xorl	%eax, %eax
	movw	%cs, %ax
	shll	$4, %eax
	addl	$gdt, %eax
	pushl	%eax
	pushw	$(gdt_end - gdt - 1)
	movw	%sp, %bp
	lgdtl	(%bp)
	addw	$6, %sp

	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	movw	$(flat - gdt), %bx
	movw	%bx, %fs
	andb	$0xfe, %al
	movl	%eax, %cr0
	jmp	1f
1:	xorw	%bx, %bx
	movw	%bx, %fs
	ret

/* ESI: the RSDP. Carry: there is none. */
find_rsdp:
	movl	$0xe0000, %esi
1:	cmpl	$0x20445352, %fs:(%esi)		/* "RSD " */
	jne	2f
	cmpl	$0x20525450, %fs:4(%esi)	/* "PTR " */
	jne	2f
	clc
	ret
2:	addl	$16, %esi
	cmpl	$0x100000, %esi
	jb	1b
	stc
	ret

/* The first table of that name in the RSDT of the RSDP at ESI. */
rename:
	movl	%fs:RSDP_RSDT(%esi), %edi
	movl	%fs:TABLE_LENGTH(%edi), %ecx
	addl	%edi, %ecx
	addl	$TABLE_HEADER, %edi
1:	cmpl	%ecx, %edi
	jae	2f
	movl	%fs:(%edi), %ebx
	addl	$4, %edi
	cmpl	$0x52414d44, %fs:(%ebx)		/* "DMAR" */
	jne	1b
	movl	$0x5244414d, %fs:(%ebx)		/* "MADR" */
2:	ret

	.balign	8
gdt:	.quad	0
flat:	.quad	0x00cf92000000ffff		/* data, base 0, 4 GB */
gdt_end:
	.org	ROM_BLOCKS * 512 - 1
	.byte	0				/* the checksum */
