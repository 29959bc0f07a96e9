// The domain definition that nova hands to libvirt in clouds with neutron, as libvirt.xml and `virsh dumpxml` show it.
import { formatMac } from '../../../addr/mac.js'
import type { Guest, GuestNic } from '../../nova/hypervisor.js'
import { libvirtName } from '../../nova/objects.js'
import type { NeutronRelease } from '../release.js'

const MACHINE_TYPE: Readonly<Record<NeutronRelease, string>> = {
  icehouse: 'pc-i440fx-trusty',
  stein: 'pc-i440fx-rhel7.6.0',
  ussuri: 'pc-i440fx-focal',
}
const NOVA_VERSION: Readonly<Record<NeutronRelease, string>> = { icehouse: '2014.1.3', stein: '19.0.3', ussuri: '21.2.4' }
const EMULATOR: Readonly<Record<NeutronRelease, string>> = {
  icehouse: '/usr/bin/qemu-system-x86_64',
  stein: '/usr/libexec/qemu-kvm',
  ussuri: '/usr/bin/qemu-system-x86_64',
}

export function neutronDomainXml(guest: Guest, folder: string, release: NeutronRelease): string {
  const { server, nics } = guest
  const id = guest.machine === null ? '' : ` id='${guest.domainId}'`
  const memory = server.flavor.ramMb * 1024
  return `<domain type='qemu'${id}>
  <name>${libvirtName(server)}</name>
  <uuid>${server.id}</uuid>
  <memory unit='KiB'>${memory}</memory>
  <currentMemory unit='KiB'>${memory}</currentMemory>
  <vcpu placement='static'>${server.flavor.vcpus}</vcpu>
  <sysinfo type='smbios'>
    <system>
      <entry name='manufacturer'>${release === 'icehouse' ? 'OpenStack Foundation' : 'RDO'}</entry>
      <entry name='product'>${release === 'icehouse' ? 'OpenStack Nova' : 'OpenStack Compute'}</entry>
      <entry name='version'>${NOVA_VERSION[release]}</entry>
      <entry name='uuid'>${server.id}</entry>
    </system>
  </sysinfo>
  <os>
    <type arch='x86_64' machine='${MACHINE_TYPE[release]}'>hvm</type>
    <boot dev='hd'/>
    <smbios mode='sysinfo'/>
  </os>
  <features>
    <acpi/>
    <apic/>
  </features>
  <clock offset='utc'/>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <devices>
    <emulator>${EMULATOR[release]}</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' cache='none'/>
      <source file='${folder}/disk'/>
      <target dev='vda' bus='virtio'/>
    </disk>
${nics.map((nic, i) => interfaceXml(nic, i, guest.machine !== null)).join('')}    <serial type='file'>
      <source path='${folder}/console.log'/>
      <target port='0'/>
    </serial>
    <serial type='pty'>
      <target port='1'/>
    </serial>
    <memballoon model='virtio'/>
  </devices>
</domain>
`
}

function interfaceXml({ mac, bridge, tap, ovsPort, mtu }: GuestNic, index: number, isRunning: boolean): string {
  const virtualPort =
    ovsPort === null ? '' : `      <virtualport type='openvswitch'>\n        <parameters interfaceid='${ovsPort}'/>\n      </virtualport>\n`
  const alias = isRunning ? `      <alias name='net${index}'/>\n` : ''
  return `    <interface type='bridge'>
      <mac address='${formatMac(mac)}'/>
      <source bridge='${bridge}'/>
${virtualPort}      <target dev='${tap}'/>
      <model type='virtio'/>
${mtu === 1500 ? '' : `      <mtu size='${mtu}'/>\n`}${alias}      <driver name='qemu'/>
    </interface>
`
}
