import { expect, test } from 'vitest'
import type { NetNamespace } from '../../src/kernel/netns.js'
import { routeOutput } from '../../src/kernel/route.js'
import { RouteResult } from '../../src/kernel/route-result.js'
import { address, errorOf, ip, link, newKernel, route, routes } from './lab.js'

function get(netns: NetNamespace, dst: string, fields: { src?: string; mark?: number } = {}): string {
  const answer = routeOutput(netns, { dst: ip(dst), src: fields.src === undefined ? 0 : ip(fields.src), mark: fields.mark ?? 0 })
  if (!(answer instanceof RouteResult)) return answer
  const via = answer.via === null ? '' : ` via ${(answer.via >>> 0).toString(16)}`
  return `${answer.type}${via} dev ${answer.dev.name} src ${(answer.prefSrc >>> 0).toString(16)}`
}

function lab(): NetNamespace {
  const kernel = newKernel()
  const a = kernel.initNetns
  a.loopback.setUp()
  const [dev] = link(a, 'v0', '10.0.0.1/24', kernel.createNetns('b'), 'v1', null)
  address(dev, '192.168.5.1/24')
  return a
}

test('longest prefix, then metric; the source is the one of the subnet', () => {
  const a = lab()
  route(a, 'default', { via: '10.0.0.254' })
  route(a, '10.20.0.0/16', { via: '10.0.0.20' })
  route(a, '10.20.0.0/16', { via: '10.0.0.21', priority: 100 })
  route(a, '10.20.30.0/24', { via: '192.168.5.7' })
  expect(get(a, '10.20.1.1')).toBe('unicast via a000014 dev v0 src a000001')
  expect(get(a, '10.20.30.1')).toBe('unicast via c0a80507 dev v0 src c0a80501')
  expect(get(a, '10.0.0.9')).toBe('unicast dev v0 src a000001')
  expect(get(a, '10.0.0.1')).toBe('local dev lo src a000001')
  expect(get(a, '127.3.2.1')).toBe('local dev lo src 7f000001')
  expect(get(a, '10.0.0.255')).toBe('broadcast dev v0 src a000001')
  expect(get(a, '1.1.1.1')).toBe('unicast via a0000fe dev v0 src a000001')
  expect(get(a, '1.1.1.1', { src: '9.9.9.9' })).toBe('ENETUNREACH')
})

test('refusing types answer with their errno', () => {
  const a = lab()
  route(a, '10.1.0.0/16', { type: 'unreachable' })
  route(a, '10.2.0.0/16', { type: 'prohibit' })
  route(a, '10.3.0.0/16', { type: 'blackhole' })
  route(a, '10.4.0.0/16', { type: 'throw' })
  expect(['10.1.0.1', '10.2.0.1', '10.3.0.1', '10.4.0.1', '1.1.1.1'].map((dst) => get(a, dst))).toEqual([
    'EHOSTUNREACH',
    'EACCES',
    'EINVAL',
    'ENETUNREACH',
    'ENETUNREACH',
  ])
})

test('what the kernel says to impossible routes', () => {
  const a = lab()
  const v0 = a.deviceByName('v0')!
  expect(errorOf(() => route(a, '1.2.3.0/24', { via: '9.9.9.9' }))).toBe('ENETUNREACH: Nexthop has invalid gateway')
  expect(errorOf(() => route(a, '1.2.3.0/24', { via: '10.0.0.255' }))).toBe('EINVAL: Nexthop has invalid gateway')
  expect(errorOf(() => route(a, '1.2.3.4/24', { dev: v0 }))).toBe('EINVAL: Invalid prefix for given prefix length')
  expect(errorOf(() => route(a, '1.2.3.0/24', { dev: v0, prefSrc: ip('8.8.8.8') }))).toBe('EINVAL: Invalid prefsrc address')
  expect(errorOf(() => route(a, '1.2.3.0/24', { type: 'blackhole', dev: v0 }))).toBe(
    'EINVAL: Gateway, device and multipath can not be specified for this route type',
  )
  route(a, '1.2.3.0/24', { via: '9.9.9.9', dev: v0, onlink: true })
  expect(errorOf(() => route(a, '1.2.3.0/24', { dev: v0 }))).toBe('EEXIST: File exists')
  expect(errorOf(() => a.fib.delete({ dst: ip('1.2.4.0'), length: 24 }))).toBe('ESRCH: No such process')
  expect(errorOf(() => a.fib.delete({ dst: ip('1.2.4.0'), length: 24, table: 77 }))).toBe('ESRCH: FIB table does not exist')
  v0.setDown()
  expect(errorOf(() => route(a, '1.2.5.0/24', { dev: v0 }))).toBe('ENETDOWN: Device for nexthop is not up')
})

test('add, append, replace, change', () => {
  const a = lab()
  route(a, '1.0.0.0/8', { via: '10.0.0.2' })
  route(a, '1.0.0.0/8', { via: '10.0.0.3' }, 'append')
  expect(errorOf(() => route(a, '1.0.0.0/8', { via: '10.0.0.3' }, 'append'))).toBe('EEXIST: File exists')
  route(a, '1.0.0.0/8', { via: '10.0.0.4' }, 'prepend')
  route(a, '1.0.0.0/8', { via: '10.0.0.5' }, 'replace')
  expect(routes(a).filter((line) => line.startsWith('1.'))).toEqual([
    '1.0.0.0/8 via 10.0.0.5 dev v0',
    '1.0.0.0/8 via 10.0.0.2 dev v0',
    '1.0.0.0/8 via 10.0.0.3 dev v0',
  ])
  expect(errorOf(() => route(a, '2.0.0.0/8', { via: '10.0.0.5' }, 'change'))).toBe('ENOENT: No such file or directory')
})
