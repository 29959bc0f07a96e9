// glance: the images that servers can be booted from (v2 of its API, and what older clients ask of v1).
import type { HttpHandler, HttpReply } from '../node/daemons/http.js'
import type { ServerImage } from './nova/objects.js'

type Json = Record<string, unknown>

/** Of a CirrOS image. */
const SIZE = 13_147_648

export function glanceHandler(images: readonly ServerImage[], projectId: string): HttpHandler {
  return ({ method, path }) => {
    const [place, query = ''] = path.replace(/\/+$/, '').split('?')
    const match = /^\/v([12])\/images(?:\/([^/]+))?$/.exec(place!)
    if (place === '' || place === '/versions') return json(300, { versions: [{ id: 'v2.3', status: 'CURRENT', links: [] }] })
    if (method !== 'GET' || match === null) return page(404, '404 Not Found')
    const name = new URLSearchParams(query).get('name')
    const rows = images.filter((image) => name === null || image.name === name)
    const [, version, id] = match
    if (id === undefined || id === 'detail')
      return json(200, { images: rows.map((image) => view(image, projectId, version!)), first: '/v2/images' })
    const found = images.find((image) => image.id === id)
    return found === undefined ? page(404, `No image found with ID ${id}`) : json(200, view(found, projectId, version!))
  }
}

function view({ id, name }: ServerImage, projectId: string, version: string): Json {
  const common = {
    id,
    name,
    status: 'active',
    container_format: 'bare',
    disk_format: 'qcow2',
    size: SIZE,
    min_disk: 0,
    min_ram: 0,
    owner: projectId,
  }
  if (version === '1') return { ...common, is_public: true, protected: false, deleted: false, properties: {} }
  return {
    ...common,
    visibility: 'public',
    protected: false,
    tags: [],
    file: `/v2/images/${id}/file`,
    schema: '/v2/schemas/image',
    self: `/v2/images/${id}`,
  }
}

function json(status: number, body: Json): HttpReply {
  return { status, headers: [['Content-Type', 'application/json']], body: JSON.stringify(body) }
}

function page(status: number, text: string): HttpReply {
  return {
    status,
    headers: [['Content-Type', 'text/html; charset=UTF-8']],
    body: `<html><head><title>${text}</title></head><body>${text}</body></html>`,
  }
}
