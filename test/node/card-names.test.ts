// Which name a server's first card has: what its own disk boots decides, not the age of the tools.
import { expect, test } from 'vitest'
import { nicName } from '../../src/node/daemons/netplan.js'
import { IMAGE_NAMES, imageByName } from '../../src/node/images.js'

test('cards are named by their slot where the cloud image has systemd-networkd', () => {
  const names = IMAGE_NAMES.map((name) => `${name} ${nicName(imageByName(name)!, 0)} ${nicName(imageByName(name)!, 1)}`)
  expect(names.filter((line) => line.includes('ens'))).toEqual(['ubuntu-18.04 ens3 ens4', 'ubuntu-20.04 ens3 ens4', 'debian-12 ens3 ens4'])
})

test('tools of another image leave the cards as they are', () => {
  const debian = imageByName('debian-12')!
  const asked = (own: string): string => nicName(debian.withCardsOf(imageByName(own)!), 0)
  expect(['cirros-0.3', 'ubuntu-14.04', 'ubuntu-20.04'].map(asked)).toEqual(['eth0', 'eth0', 'ens3'])
  expect(debian.withCardsOf(imageByName('cirros-0.3')!).toolAtLeast('iproute2', '6.1')).toBe(true)
})
