// The domain definition that nova (Essex) hands to libvirt, as `virsh dumpxml` and libvirt.xml show it.
import { formatIpv4 } from '../../addr/ipv4.js'
import { formatMac } from '../../addr/mac.js'
import type { Server } from './objects.js'
import { libvirtName } from './objects.js'

/** Name of the network filter that holds a NIC: no spoofing of MAC, IP and ARP, DHCP answers allowed. */
export function instanceFilterName(server: Server): string {
  return `nova-instance-${libvirtName(server)}-${formatMac(server.fixed?.mac ?? 0).replace(/:/g, '')}`
}

/** Precondition: the server has its fixed address. */
export function domainXml(server: Server, where: { bridge: string; tap: string; folder: string; dhcpServer: string }): string {
  const { bridge, tap, folder, dhcpServer } = where
  const name = libvirtName(server)
  const fixed = server.fixed!
  return `<domain type='qemu'>
  <name>${name}</name>
  <uuid>${server.id}</uuid>
  <memory>${server.flavor.ramMb * 1024}</memory>
  <os>
    <type>hvm</type>
    <kernel>${folder}/kernel</kernel>
    <cmdline>root=/dev/vda console=ttyS0</cmdline>
    <initrd>${folder}/ramdisk</initrd>
  </os>
  <features>
    <acpi/>
  </features>
  <vcpu>${server.flavor.vcpus}</vcpu>
  <devices>
    <disk type='file' device='disk'>
      <driver type='qcow2' cache='none'/>
      <source file='${folder}/disk'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <interface type='bridge'>
      <source bridge='${bridge}'/>
      <target dev='${tap}'/>
      <mac address='${formatMac(fixed.mac)}'/>
      <model type='virtio'/>
      <filterref filter='${instanceFilterName(server)}'>
        <parameter name='IP' value='${formatIpv4(fixed.address)}'/>
        <parameter name='DHCPSERVER' value='${dhcpServer}'/>
      </filterref>
    </interface>
    <serial type='file'>
      <source path='${folder}/console.log'/>
      <target port='1'/>
    </serial>
    <console type='pty' tty='/dev/pts/2'>
      <source path='/dev/pts/2'/>
      <target port='0'/>
    </console>
  </devices>
</domain>
`
}
