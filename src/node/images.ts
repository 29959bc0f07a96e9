// The images netlab knows: facts of distributions, gathered from their package lists.

import { Image, type ImageFacts, type ImageName } from './image.js'

const FACTS: readonly ImageFacts[] = [
  {
    name: 'ubuntu-12.04', family: 'debian', pretty: 'Ubuntu 12.04.5 LTS', id: 'ubuntu', versionId: '12.04', codename: 'precise', kernel: '3.2.0-29-generic',
    kernelBuild: '#46-Ubuntu SMP Fri Jul 27 17:03:23 UTC 2012', isUsrMerged: false,
    tools: {
      iproute2: '3.2.0', iptables: '1.4.12', ovs: '1.4.0', tcpdump: '4.2.1', libpcap: '1.1.1', 'net-tools': '1.60', iputils: '20101006', 'bridge-utils': '1.5', dnsmasq: '2.59',
      bash: '4.2.25', coreutils: '8.13', procps: '3.2.8', conntrack: '1.0.0', ethtool: '3.1', openssh: '5.9', curl: '7.22.0', wget: '1.13.4', busybox: '1.18.5', traceroute: '2.0.18',
      dhclient: '4.1', bind: '9.8.1', netcat: '1.89', grep: '2.10', sed: '4.2.1', awk: '1.3.3', ipset: '6.11', sudo: '1.8.3', findutils: '4.4.2', 'util-linux': '2.20.1', less: '444',
    },
  },
  {
    name: 'ubuntu-14.04', family: 'debian', pretty: 'Ubuntu 14.04.5 LTS', id: 'ubuntu', versionId: '14.04', codename: 'trusty', kernel: '3.13.0-24-generic',
    kernelBuild: '#46-Ubuntu SMP Thu Apr 10 19:11:08 UTC 2014', isUsrMerged: false,
    tools: {
      iproute2: '3.12.0', iptables: '1.4.21', ovs: '2.0.2', tcpdump: '4.5.1', libpcap: '1.5.3', 'net-tools': '1.60', iputils: '20121221', 'bridge-utils': '1.5', dnsmasq: '2.68',
      bash: '4.3.11', coreutils: '8.21', procps: '3.3.9', conntrack: '1.4.1', ethtool: '3.13', openssh: '6.6.1', curl: '7.35.0', wget: '1.15', busybox: '1.21.0', traceroute: '2.0.20',
      dhclient: '4.2.4', bind: '9.9.5', netcat: '1.105', grep: '2.16', sed: '4.2.2', awk: '1.3.3', ipset: '6.20', sudo: '1.8.9', findutils: '4.4.2', 'util-linux': '2.20.1', less: '458',
    },
  },
  {
    name: 'ubuntu-16.04', family: 'debian', pretty: 'Ubuntu 16.04.7 LTS', id: 'ubuntu', versionId: '16.04', codename: 'xenial', kernel: '4.4.0-210-generic',
    kernelBuild: '#242-Ubuntu SMP Fri Apr 16 09:57:56 UTC 2021', isUsrMerged: false,
    tools: {
      iproute2: '4.3.0', iptables: '1.6.0', ovs: '2.5.9', tcpdump: '4.9.3', libpcap: '1.7.4', 'net-tools': '1.60', iputils: '20121221', 'bridge-utils': '1.5', dnsmasq: '2.75',
      bash: '4.3.48', coreutils: '8.25', procps: '3.3.10', conntrack: '1.4.3', ethtool: '4.5', openssh: '7.2', curl: '7.47.0', wget: '1.17.1', busybox: '1.22.0', traceroute: '2.0.21',
      dhclient: '4.3.3', bind: '9.10.3', netcat: '1.105', grep: '2.25', sed: '4.2.2', awk: '1.3.3', ipset: '6.29', sudo: '1.8.16', findutils: '4.7.0', 'util-linux': '2.27.1', less: '481',
    },
  },
  {
    name: 'ubuntu-20.04', family: 'debian', pretty: 'Ubuntu 20.04.6 LTS', id: 'ubuntu', versionId: '20.04', codename: 'focal', kernel: '5.4.0-150-generic',
    kernelBuild: '#167-Ubuntu SMP Mon May 15 17:35:05 UTC 2023', isUsrMerged: true,
    tools: {
      iproute2: '5.5.0', iptables: '1.8.4', ovs: '2.13.8', tcpdump: '4.9.3', libpcap: '1.9.1', 'net-tools': '2.10', iputils: '20190709', 'bridge-utils': '1.6', dnsmasq: '2.90',
      bash: '5.0.17', coreutils: '8.30', procps: '3.3.16', conntrack: '1.4.5', ethtool: '5.4', openssh: '8.2', curl: '7.68.0', wget: '1.20.3', busybox: '1.30.1', traceroute: '2.1.0',
      dhclient: '4.4.1', bind: '9.18.12', netcat: '1.206', grep: '3.4', sed: '4.7', awk: '1.3.4', ipset: '7.5', sudo: '1.8.31', findutils: '4.7.0', 'util-linux': '2.34', less: '551',
    },
  },
  {
    name: 'centos-7', family: 'redhat', pretty: 'CentOS Linux 7 (Core)', id: 'centos', versionId: '7', codename: 'Core', kernel: '3.10.0-514.el7.x86_64',
    kernelBuild: '#1 SMP Tue Nov 22 16:42:41 UTC 2016', isUsrMerged: true,
    tools: {
      iproute2: '3.10.0', iptables: '1.4.21', ovs: '2.5.0', tcpdump: '4.5.1', libpcap: '1.5.3', 'net-tools': '2.10', iputils: '20121221', 'bridge-utils': '1.5', dnsmasq: '2.66',
      bash: '4.2.46', coreutils: '8.22', procps: '3.3.10', conntrack: '1.4.3', ethtool: '4.5', openssh: '6.6.1', curl: '7.29.0', wget: '1.14', traceroute: '2.0.22',
      dhclient: '4.2.5', bind: '9.9.4', netcat: '6.40', grep: '2.20', sed: '4.2.2', awk: '4.0.2', ipset: '6.19', sudo: '1.8.6', findutils: '4.5.11', 'util-linux': '2.23.2', less: '458',
    },
  },
  {
    name: 'debian-12', family: 'debian', pretty: 'Debian GNU/Linux 12 (bookworm)', id: 'debian', versionId: '12', codename: 'bookworm', kernel: '6.1.0-13-amd64',
    kernelBuild: '#1 SMP PREEMPT_DYNAMIC Debian 6.1.55-1 (2023-09-29)', isUsrMerged: true,
    tools: {
      iproute2: '6.1.0', iptables: '1.8.9', ovs: '3.1.0', tcpdump: '4.99.3', libpcap: '1.10.3', 'net-tools': '2.10', iputils: '20221126', 'bridge-utils': '1.7.1', dnsmasq: '2.90',
      bash: '5.2.15', coreutils: '9.1', procps: '4.0.2', conntrack: '1.4.7', ethtool: '6.1', openssh: '9.2', curl: '7.88.1', wget: '1.21.3', busybox: '1.35.0', traceroute: '2.1.2',
      dhclient: '4.4.3', bind: '9.18.28', netcat: '1.219', grep: '3.8', sed: '4.9', awk: '1.3.4', ipset: '7.17', sudo: '1.9.13', findutils: '4.9.0', 'util-linux': '2.38.1', less: '590',
    },
  },
  {
    name: 'cirros-0.3', family: 'cirros', pretty: 'CirrOS 0.3.0', id: 'cirros', versionId: '0.3.0', codename: 'cirros', kernel: '3.0.0-12-virtual',
    kernelBuild: '#20-Ubuntu SMP Fri Oct 7 18:19:02 UTC 2011', isUsrMerged: false,
    tools: { busybox: '1.18.5', coreutils: '8.13', iproute2: '3.2.0', iputils: '20101006', iptables: '1.4.12', 'net-tools': '1.60', openssh: '0.52', dhclient: '4.1', procps: '3.2.8', grep: '2.10', sed: '4.2.1', awk: '1.3.3', curl: '7.21.0' },
  },
  {
    name: 'cirros-0.5', family: 'cirros', pretty: 'CirrOS 0.5.2', id: 'cirros', versionId: '0.5.2', codename: 'cirros', kernel: '5.3.0-26-generic',
    kernelBuild: '#28~18.04.1-Ubuntu SMP Wed Dec 18 16:40:14 UTC 2019', isUsrMerged: false,
    tools: { busybox: '1.29.3', coreutils: '8.30', iproute2: '5.0.0', iputils: '20190709', iptables: '1.8.3', 'net-tools': '2.10', openssh: '2019.78', dhclient: '4.4', procps: '3.3.16', grep: '3.4', sed: '4.7', awk: '1.3.4', curl: '7.64.0' },
  },
]

const IMAGES = new Map<string, Image>(FACTS.map((facts) => [facts.name, new Image(facts)]))

export const IMAGE_NAMES: readonly ImageName[] = FACTS.map((facts) => facts.name)

/** Null for a name netlab does not know. */
export function imageByName(name: string): Image | null {
  return IMAGES.get(name) ?? null
}
