@{
    RootModule        = 'EmptyModule.dll'
    ModuleVersion     = '0.1.0'
    GUID              = '6b1d0c5e-52f0-4f0b-8a44-0f7c1f7b6f29'
    PowerShellVersion = '5.1'
    FormatsToProcess  = @('EmptyModule.format.ps1xml')
    CmdletsToExport   = @('Get-Nothing')
    FunctionsToExport = @()
    VariablesToExport = @()
    AliasesToExport   = @()
}
