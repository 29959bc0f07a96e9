// DHCP messages keep their options on the way to bytes and back.
import { expect, test } from 'vitest'
import { parseIpv4, parsePrefix } from '../../src/addr/ipv4.js'
import * as dhcp from '../../src/wire/dhcp.js'

const ip = (text: string) => parseIpv4(text)!

test('an offer comes back with addresses, numbers, texts and classless routes', () => {
  const routes = [
    { dst: parsePrefix('169.254.169.254/32')!, via: ip('192.168.0.1') },
    { dst: parsePrefix('0.0.0.0/0')!, via: ip('192.168.0.2') },
    { dst: parsePrefix('10.20.0.0/14')!, via: ip('192.168.0.3') },
  ]
  const offer = new dhcp.DhcpMessage({
    op: dhcp.BOOTREPLY,
    xid: 0xdeadbeef,
    flags: dhcp.DHCP_BROADCAST_FLAG,
    yiaddr: ip('192.168.0.5'),
    siaddr: ip('192.168.0.1'),
    chaddr: 0xfa163e2ce8ec,
    file: 'pxelinux.0',
    options: [
      dhcp.numberOption(dhcp.DHO_MESSAGE_TYPE, dhcp.DHCPOFFER, 1),
      dhcp.addressOption(dhcp.DHO_ROUTERS, ip('192.168.0.1'), ip('192.168.0.2')),
      dhcp.numberOption(dhcp.DHO_LEASE_TIME, 86400, 4),
      dhcp.numberOption(dhcp.DHO_INTERFACE_MTU, 1454, 2),
      dhcp.textOption(dhcp.DHO_DOMAIN_NAME, 'openstacklocal'),
      dhcp.classlessRoutesOption(routes),
    ],
  })
  const bytes = dhcp.encodeDhcp(offer)
  const back = dhcp.decodeDhcp(bytes)!
  expect(back).toEqual(offer)
  expect(bytes.length).toBe(303)
  expect(back.messageType).toBe(dhcp.DHCPOFFER)
  expect(back.addresses(dhcp.DHO_ROUTERS)).toEqual([ip('192.168.0.1'), ip('192.168.0.2')])
  expect(back.number(dhcp.DHO_LEASE_TIME)).toBe(86400)
  expect(back.number(dhcp.DHO_INTERFACE_MTU)).toBe(1454)
  expect(back.text(dhcp.DHO_DOMAIN_NAME)).toBe('openstacklocal')
  expect(back.address(dhcp.DHO_SERVER_IDENTIFIER)).toBe(null)
  expect(back.classlessRoutes).toEqual(routes)
})

test('a short discover is filled up to 300 bytes and cut ones are no message', () => {
  const discover = new dhcp.DhcpMessage({ op: dhcp.BOOTREQUEST, xid: 1, chaddr: 2, options: [] })
  const bytes = dhcp.encodeDhcp(discover)
  expect(bytes.length).toBe(300)
  expect(dhcp.decodeDhcp(bytes)).toEqual(discover)
  expect(dhcp.decodeDhcp(bytes.subarray(0, 235))).toBe(null)
  expect(dhcp.decodeDhcp(bytes.subarray(0, 236))).toEqual(discover)
})
