# --- words that the nodes' shells know beside those of the replay ----------------------------------------------------------------------

# Their text: what substitutes call in a node.
node_words() {
  declare -f start_openvswitch lay_underlay look_for openflow_controller database_client have_python python_program
  declare -f lease lease_script start_up metadata_proxy metadata_program
  declare -f serve greet listen write_log lease_database bring_up
}
