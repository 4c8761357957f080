@{
    RootModule        = 'EmptyModule.dll'
    ModuleVersion     = '0.1.0'
    GUID              = '2f6a7b0e-1c53-4f4c-9d5c-8a3f5be0a9d1'
    PowerShellVersion = '5.1'
    CmdletsToExport   = @('Get-Nothing')
    FunctionsToExport = @()
    VariablesToExport = @()
    AliasesToExport   = @()
}
