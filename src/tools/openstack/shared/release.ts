// Which clients a machine has: they came with the cloud's release, and the release with the distribution.
import type { Machine } from '../../../node/machine.js'

export interface ClientRelease {
  readonly name: 'essex' | 'icehouse' | 'stein' | 'ussuri'
  /** Python 2 shows texts as u'...', orders dicts by hash, and has other words in argparse. */
  readonly python: 2 | 3
  readonly novaclient: string
  /** Null: the distribution has none. */
  readonly neutronclient: string | null
  readonly openstackclient: string | null
}

const ESSEX: ClientRelease = { name: 'essex', python: 2, novaclient: '2012.1', neutronclient: null, openstackclient: null }
const ICEHOUSE: ClientRelease = { name: 'icehouse', python: 2, novaclient: '2.17.0', neutronclient: '2.3.4', openstackclient: null }
const STEIN: ClientRelease = { name: 'stein', python: 2, novaclient: '13.0.2', neutronclient: '6.12.1', openstackclient: '3.18.1' }
const USSURI: ClientRelease = { name: 'ussuri', python: 3, novaclient: '17.0.0', neutronclient: '7.1.1', openstackclient: '5.2.0' }

export function clientsOf(machine: Machine): ClientRelease {
  switch (machine.image.name) {
    case 'ubuntu-12.04':
      return ESSEX
    case 'ubuntu-14.04':
    case 'ubuntu-16.04':
      return ICEHOUSE
    case 'centos-7':
      return STEIN
    case 'ubuntu-20.04':
    case 'debian-12':
    case 'cirros-0.3':
    case 'cirros-0.5':
      return USSURI
  }
}

/** cliff 2 and later: more formats, other words when a column is not there. */
export function isModernRelease(release: ClientRelease): boolean {
  return release.name === 'stein' || release.name === 'ussuri'
}
