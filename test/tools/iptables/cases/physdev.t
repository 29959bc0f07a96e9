:filter FORWARD
-m physdev --physdev-in vnet0 ; = ; PHYSDEV match --physdev-in vnet0
-m physdev --physdev-out tap12345678-9a --physdev-is-bridged ; = ; PHYSDEV match --physdev-out tap12345678-9a --physdev-is-bridged
-m physdev ! --physdev-is-bridged ; = ; PHYSDEV match ! --physdev-is-bridged
-m physdev --physdev-in tap+ ; =
-m physdev ; ! PHYSDEV: no physdev option specified
