// What the registry in database registry of account acme-registry needs.
// Deploy it to the resource group of the account. A second deployment changes
// nothing. All comes one after the other, since an account refuses changes that
// overlap.

resource account 'Microsoft.DocumentDB/databaseAccounts@2021-06-15' existing = {
  name: 'acme-registry'
}

// One throughput for all containers: it is far cheaper than one for each, and can
// only be had when the database is made.
resource database 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases@2021-06-15' = {
  parent: account
  name: 'registry'
  properties: {
    resource: { id: 'registry' }
    options: {}
  }
}

// One for each domain, and 'roster' for what belongs to none.
var containerNames = [
  'roster'
]

// No time to live: nothing of an audit trail may expire. Indexed is only what is
// queried: each further path is paid for with every write.
@batchSize(1)
resource containers 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2021-06-15' = [for name in containerNames: {
  parent: database
  name: name
  properties: {
    resource: {
      id: name
      partitionKey: { paths: ['/pk'], kind: 'Hash', version: 2 }
      indexingPolicy: {
        automatic: true
        indexingMode: 'consistent'
        includedPaths: [{ path: '/type/?' }]
        excludedPaths: [{ path: '/*' }]
      }
    }
  }
}]

// Roles and who holds them reach no further than the database.
var scope = '${account.id}/dbs/registry'

// Plan and drift read, and change nothing.
resource planRole 'Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions@2021-06-15' = {
  parent: account
  name: '63592f79-c13b-873c-8333-ef5581c3c0be'
  dependsOn: [containers]
  properties: {
    roleName: 'roster plan registry'
    type: 'CustomRole'
    assignableScopes: [scope]
    permissions: [{
      dataActions: [
        'Microsoft.DocumentDB/databaseAccounts/readMetadata'
        'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/read'
        'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/executeQuery'
      ]
    }]
  }
}

// Sync and rotate also create and replace. Neither upsert nor delete: each write
// names the version that it replaces, and what is removed becomes a tombstone.
resource syncRole 'Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions@2021-06-15' = {
  parent: account
  name: '0442133a-b0e4-838d-81fb-9316469d759b'
  dependsOn: [planRole]
  properties: {
    roleName: 'roster sync registry'
    type: 'CustomRole'
    assignableScopes: [scope]
    permissions: [{
      dataActions: [
        'Microsoft.DocumentDB/databaseAccounts/readMetadata'
        'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/read'
        'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/executeQuery'
        'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/create'
        'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/replace'
      ]
    }]
  }
}

