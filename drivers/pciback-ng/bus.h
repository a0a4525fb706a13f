/* SPDX-License-Identifier: GPL-2.0 */
/* What happens on the PCI bus, told to those whom it concerns. */
#ifndef PBNG_BUS_H
#define PBNG_BUS_H

/* Begin to listen, before the first look at the devices. Return: 0 or an errno. */
int pbng_bus_init(void);
void pbng_bus_exit(void);

#endif /* PBNG_BUS_H */
