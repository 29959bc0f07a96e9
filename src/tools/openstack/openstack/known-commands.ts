// Commands of openstackclient 3.18 that netlab knows by name only, beside those it has: they are offered as the real client offers them.

export const KNOWN_COMMANDS: readonly string[] = namesIn(`
  access token create | address scope create | address scope delete | address scope list | address scope set | address scope show |
  aggregate add host | aggregate create | aggregate delete | aggregate list | aggregate remove host | aggregate set | aggregate show
  | aggregate unset | application credential create | application credential delete | application credential list | application
  credential show | availability zone list | backup create | backup delete | backup list | backup restore | backup show | catalog
  list | catalog show | command list | complete | compute agent create | compute agent delete | compute agent list | compute agent
  set | compute service delete | compute service list | compute service set | configuration show | consistency group add volume |
  consistency group create | consistency group delete | consistency group list | consistency group remove volume | consistency group
  set | consistency group show | consistency group snapshot create | consistency group snapshot delete | consistency group snapshot
  list | consistency group snapshot show | console log show | console url show | consumer create | consumer delete | consumer list |
  consumer set | consumer show | container create | container delete | container list | container save | container set | container
  show | container unset | credential create | credential delete | credential list | credential set | credential show | domain
  create | domain delete | domain list | domain set | domain show | ec2 credentials create | ec2 credentials delete | ec2
  credentials list | ec2 credentials show | endpoint add project | endpoint create | endpoint delete | endpoint group add project |
  endpoint group create | endpoint group delete | endpoint group list | endpoint group remove project | endpoint group set |
  endpoint group show | endpoint list | endpoint remove project | endpoint set | endpoint show | extension list | extension show |
  federation domain list | federation project list | federation protocol create | federation protocol delete | federation protocol
  list | federation protocol set | federation protocol show | flavor create | flavor delete | flavor list | flavor set | flavor show
  | flavor unset | floating ip create | floating ip delete | floating ip list | floating ip pool list | floating ip set | floating
  ip show | floating ip unset | group add user | group contains user | group create | group delete | group list | group remove user
  | group set | group show | help | host list | host set | host show | hypervisor list | hypervisor show | hypervisor stats show |
  identity provider create | identity provider delete | identity provider list | identity provider set | identity provider show |
  image add project | image create | image delete | image list | image member list | image remove project | image save | image set |
  image show | image unset | implied role create | implied role delete | implied role list | ip availability list | ip availability
  show | ip fixed add | ip fixed remove | ip floating add | ip floating remove | keypair create | keypair delete | keypair list |
  keypair show | limit create | limit delete | limit list | limit set | limit show | limits show | mapping create | mapping delete |
  mapping list | mapping set | mapping show | module list | network agent add network | network agent add router | network agent
  delete | network agent list | network agent remove network | network agent remove router | network agent set | network agent show
  | network auto allocated topology create | network auto allocated topology delete | network create | network delete | network
  flavor add profile | network flavor create | network flavor delete | network flavor list | network flavor profile create | network
  flavor profile delete | network flavor profile list | network flavor profile set | network flavor profile show | network flavor
  remove profile | network flavor set | network flavor show | network list | network meter create | network meter delete | network
  meter list | network meter rule create | network meter rule delete | network meter rule list | network meter rule show | network
  meter show | network qos policy create | network qos policy delete | network qos policy list | network qos policy set | network
  qos policy show | network qos rule create | network qos rule delete | network qos rule list | network qos rule set | network qos
  rule show | network qos rule type list | network qos rule type show | network rbac create | network rbac delete | network rbac
  list | network rbac set | network rbac show | network segment create | network segment delete | network segment list | network
  segment range create | network segment range delete | network segment range list | network segment range set | network segment
  range show | network segment set | network segment show | network service provider list | network set | network show | network
  unset | object create | object delete | object list | object save | object set | object show | object store account set | object
  store account show | object store account unset | object unset | policy create | policy delete | policy list | policy set | policy
  show | port create | port delete | port list | port set | port show | port unset | project create | project delete | project list
  | project purge | project set | project show | quota list | quota set | quota show | region create | region delete | region list |
  region set | region show | registered limit create | registered limit delete | registered limit list | registered limit set |
  registered limit show | request token authorize | request token create | role add | role assignment list | role create | role
  delete | role list | role remove | role set | role show | router add port | router add subnet | router create | router delete |
  router list | router remove port | router remove subnet | router set | router show | router unset | security group create |
  security group delete | security group list | security group rule create | security group rule delete | security group rule list |
  security group rule show | security group set | security group show | security group unset | server add fixed ip | server add
  floating ip | server add network | server add port | server add security group | server add volume | server backup create | server
  create | server delete | server dump create | server event list | server event show | server group create | server group delete |
  server group list | server group show | server image create | server list | server lock | server migrate | server pause | server
  reboot | server rebuild | server remove fixed ip | server remove floating ip | server remove network | server remove port | server
  remove security group | server remove volume | server rescue | server resize | server restore | server resume | server set |
  server shelve | server show | server ssh | server start | server stop | server suspend | server unlock | server unpause | server
  unrescue | server unset | server unshelve | service create | service delete | service list | service provider create | service
  provider delete | service provider list | service provider set | service provider show | service set | service show | snapshot
  create | snapshot delete | snapshot list | snapshot set | snapshot show | snapshot unset | subnet create | subnet delete | subnet
  list | subnet pool create | subnet pool delete | subnet pool list | subnet pool set | subnet pool show | subnet pool unset |
  subnet set | subnet show | subnet unset | token issue | token revoke | trust create | trust delete | trust list | trust show |
  usage list | usage show | user create | user delete | user list | user password set | user set | user show | versions show |
  volume backend capability show | volume backend pool list | volume backup create | volume backup delete | volume backup list |
  volume backup record export | volume backup record import | volume backup restore | volume backup set | volume backup show |
  volume create | volume delete | volume host failover | volume host set | volume list | volume migrate | volume qos associate |
  volume qos create | volume qos delete | volume qos disassociate | volume qos list | volume qos set | volume qos show | volume qos
  unset | volume service list | volume service set | volume set | volume show | volume snapshot create | volume snapshot delete |
  volume snapshot list | volume snapshot set | volume snapshot show | volume snapshot unset | volume transfer request accept |
  volume transfer request create | volume transfer request delete | volume transfer request list | volume transfer request show |
  volume type create | volume type delete | volume type list | volume type set | volume type show | volume type unset | volume unset
`)

/** What 5.4 has beside them, and what it has no more. */
export const NEW_COMMANDS: readonly string[] = namesIn(`
  access rule delete | access rule list | access rule show | floating ip port forwarding create | floating ip port forwarding delete |
  floating ip port forwarding list | floating ip port forwarding set | floating ip port forwarding show | router add route | router remove
  route | server migrate confirm | server migrate revert | server resize confirm | server resize revert
`)

export const GONE_COMMANDS: ReadonlySet<string> = new Set(
  namesIn(`
  backup create | backup delete | backup list | backup restore | backup show | ip fixed add | ip fixed remove | ip floating add | ip
  floating remove | snapshot create | snapshot delete | snapshot list | snapshot set | snapshot show | snapshot unset
`),
)

function namesIn(text: string): string[] {
  return text.split('|').map((name) => name.trim().replace(/\s+/g, ' '))
}
