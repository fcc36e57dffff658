// Resources for the registry in database registry of account acme-registry.
// Deploy it to the resource group of the account. A second deployment changes
// nothing. Resources depend on each other, because an account refuses changes that
// overlap.

@description('Whether the account is serverless; it then takes no throughput.')
param serverless bool = false

resource account 'Microsoft.DocumentDB/databaseAccounts@2021-06-15' existing = {
  name: 'acme-registry'
}

// All containers share one throughput. It is far cheaper than one for each, and can
// only be set when the database is created.
resource database 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases@2021-06-15' = {
  parent: account
  name: 'registry'
  properties: {
    resource: { id: 'registry' }
    options: serverless ? {} : { throughput: 400 }
  }
}

// One for each domain, and 'roster' for documents of no domain.
var containerNames = [
  'orders'
  'payments'
  'roster'
]

// No time to live, because an audit trail must not expire. Only queried paths are
// indexed, because each path adds to the cost of every write.
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

// Roles and assignments are limited to the database.
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
// names the version that it replaces, and removal writes a tombstone.
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

// Holders of the role: object ids of enterprise applications (not of app
// registrations), groups or people.
var planRoleHolders = [
  { name: '763c76ca-9e9a-8794-ba0c-f2e789991cef', principal: 'aaaaaaaa-0000-0000-0000-000000000001' }
]

@batchSize(1)
resource planRoleAssignments 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2021-06-15' = [for holder in planRoleHolders: {
  parent: account
  name: holder.name
  dependsOn: [syncRole]
  properties: {
    roleDefinitionId: planRole.id
    principalId: holder.principal
    scope: scope
  }
}]

// Holders of the role: object ids of enterprise applications (not of app
// registrations), groups or people.
var syncRoleHolders = [
  { name: '9362d8b9-bc86-8947-91bb-cf354e691b16', principal: 'aaaaaaaa-0000-0000-0000-000000000002' }
]

@batchSize(1)
resource syncRoleAssignments 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2021-06-15' = [for holder in syncRoleHolders: {
  parent: account
  name: holder.name
  dependsOn: [planRoleAssignments]
  properties: {
    roleDefinitionId: syncRole.id
    principalId: holder.principal
    scope: scope
  }
}]

// Federated credentials. Run these commands; this file does not deploy them:
//
//   az ad app federated-credential create --id bbbbbbbb-0000-0000-0000-000000000001 --parameters '{"name":"roster-prod","issuer":"https://token.actions.githubusercontent.com","subject":"repo:acme/registry:environment:prod","audiences":["api://AzureADTokenExchange"],"description":"Made by roster"}'
