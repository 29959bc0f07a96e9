import { sameAsRecorded } from './recorded.js'

sameAsRecorded('util')
