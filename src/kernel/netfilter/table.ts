// Tables, chains and rules as the kernel keeps them; the text of a rule is printed from these.
export type TableName = 'raw' | 'mangle' | 'nat' | 'filter' | 'security'
