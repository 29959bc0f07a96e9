// Error pages as Python's WebOb writes them: what nova's and neutron's services say when they have nothing else to say.
import type { HttpReply } from '../../../node/daemons/http.js'
import { reasonOf } from '../../../node/daemons/http.js'

const EXPLANATIONS = new Map<number, string>([
  [400, 'The server could not comply with the request since it is either malformed or otherwise incorrect.'],
  [403, 'Access was denied to this resource.'],
  [404, 'The resource could not be found.'],
  [409, 'There was a conflict when trying to complete your request.'],
  [500, 'The server has either erred or is incapable of performing the requested operation.'],
])

const UNKNOWN_ERROR = 'An unknown error has occurred. Please try your request again.'
const REMOTE_ERROR = 'Remote metadata server experienced an internal server error.'

export function errorPage(status: number, explanation = EXPLANATIONS.get(status) ?? ''): HttpReply {
  const title = `${status} ${reasonOf(status)}`
  const body = `<html>\n <head>\n  <title>${title}</title>\n </head>\n <body>\n  <h1>${title}</h1>\n  ${explanation}<br /><br />\n\n\n\n </body>\n</html>`
  return { status, body, headers: [['Content-Type', 'text/html; charset=UTF-8']] }
}

export function unknownError(): HttpReply {
  return errorPage(500, UNKNOWN_ERROR)
}

export function remoteError(): HttpReply {
  return errorPage(500, REMOTE_ERROR)
}

/** Of the service behind, to the one in front: its own page for each error that `known` has, else the unknown one. */
export function passedOn(reply: HttpReply, known: readonly number[]): HttpReply {
  if (reply.status === 200) {
    const type = reply.headers?.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? 'text/html; charset=UTF-8'
    return { status: 200, body: reply.body, headers: [['Content-Type', type]] }
  }
  if (!known.includes(reply.status)) return unknownError()
  return reply.status === 500 ? remoteError() : errorPage(reply.status)
}
