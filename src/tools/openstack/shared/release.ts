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
/** Its clients, run by Python 3. */
const STEIN_PYTHON_3: ClientRelease = { ...STEIN, python: 3 }
/** openstackclient and novaclient are newer than the cloud: they come from PyPI. */
const USSURI: ClientRelease = { name: 'ussuri', python: 3, novaclient: '17.2.1', neutronclient: '7.1.1', openstackclient: '5.4.0' }

export function clientsOf(machine: Machine): ClientRelease {
  switch (machine.image.name) {
    case 'ubuntu-12.04':
      return ESSEX
    case 'ubuntu-14.04':
    case 'ubuntu-16.04':
      return ICEHOUSE
    case 'centos-7':
      return STEIN
    case 'debian-12':
      return STEIN_PYTHON_3
    case 'ubuntu-20.04':
    case 'ubuntu-18.04':
    case 'cirros-0.3':
    case 'cirros-0.5':
      return USSURI
  }
}

/** cliff 2 and later: more formats, other words when a column is not there. */
export function isModernRelease(release: ClientRelease): boolean {
  return release.name === 'stein' || release.name === 'ussuri'
}

/** Programs get lists and dicts of columns that have formatters, not their texts. */
export function isWithData(release: ClientRelease): boolean {
  return release.name === 'ussuri'
}
