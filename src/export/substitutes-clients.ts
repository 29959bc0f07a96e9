// What a person types to the cloud's API before the lab is written down: what the agents did about it is in the log, the API is not here.
import { nothingInstead } from './inner-command.js'
import type { Substitute } from './substitute.js'

const CLIENTS = /^(sudo\s+)?(env\s+(\w+=\S*\s+)*)?(openstack|nova|neutron|glance|keystone|cinder|lab|sleep)\b/

export const clients: Substitute = {
  family: 'clients',
  told: [{ what: "the cloud's API", why: 'no services of the cloud run', instead: 'what its agents typed is typed' }],
  replace({ argv }) {
    if (argv[0] !== 'bash' || argv[1] !== '-c') return null
    return CLIENTS.test(argv[2] ?? '') ? nothingInstead("the agents' answers are in the log") : null
  },
}
