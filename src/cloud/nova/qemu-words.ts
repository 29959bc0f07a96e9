// The command line of a guest's qemu, as libvirt writes it: what `ps` shows on a hypervisor.
import { formatMac } from '../../addr/mac.js'
import type { Guest } from './hypervisor.js'

/** `xml` is the domain's: its emulator and machine are taken from there. */
export function qemuWords({ server, nics, domainId }: Guest, xml: string): string[] {
  const name = `instance-${server.instanceId.toString(16).padStart(8, '0')}`
  const emulator = /<emulator>(.*?)<\/emulator>/.exec(xml)?.[1] ?? '/usr/bin/qemu-system-x86_64'
  const machine = /machine='(.*?)'/.exec(xml)?.[1] ?? 'pc'
  const { ramMb, vcpus } = server.flavor
  const words = `-name ${name} -S -machine ${machine},accel=tcg,usb=off -m ${ramMb} -realtime mlock=off -smp ${vcpus},sockets=${vcpus},cores=1,threads=1`
  const disk = `/var/lib/nova/instances/${server.id}/disk`
  return [
    emulator,
    ...words.split(' '),
    '-uuid',
    server.id,
    '-no-user-config',
    '-nodefaults',
    '-chardev',
    `socket,id=charmonitor,path=/var/lib/libvirt/qemu/${name}.monitor,server,nowait`,
    '-mon',
    'chardev=charmonitor,id=monitor,mode=control',
    '-drive',
    `file=${disk},if=none,id=drive-virtio-disk0,format=qcow2,cache=none`,
    ...nics.flatMap(({ mac }, i) => [
      '-netdev',
      `tap,fd=${23 + domainId},id=hostnet${i}`,
      '-device',
      `virtio-net-pci,netdev=hostnet${i},id=net${i},mac=${formatMac(mac)},bus=pci.0,addr=0x${(3 + i).toString(16)}`,
    ]),
    '-chardev',
    `file,id=charserial0,path=/var/lib/nova/instances/${server.id}/console.log`,
    '-device',
    'isa-serial,chardev=charserial0,id=serial0',
    '-vnc',
    `0.0.0.0:${domainId - 1}`,
  ]
}
