@{
    RootModule             = "$PSEdition/OpenRouter.Byok.dll"
    ModuleVersion          = '0.1.0'
    GUID                   = 'c4d6d919-05cb-4efe-90da-d23e064e5f19'
    Author                 = 'OpenRouter.Byok contributors'
    CompanyName            = 'OpenRouter.Byok contributors'
    Copyright              = '(c) OpenRouter.Byok contributors. MIT License.'
    Description            = 'Lists, creates, rotates, disables and removes the provider keys (BYOK) that OpenRouter stores for you: complete streaming listings, creates that happen exactly once, raw keys as SecureString, bulk work by pipeline. PowerShell 7.6 is supported; PowerShell 7.4, 7.5 and Windows PowerShell 5.1 work as far as the checks of the project show.'
    PowerShellVersion      = '5.1'
    DotNetFrameworkVersion = '4.7.2'
    CompatiblePSEditions   = @('Desktop', 'Core')
    FormatsToProcess       = @('OpenRouter.Byok.format.ps1xml')
    CmdletsToExport        = @('Connect-Byok', 'Disable-ByokKey', 'Disconnect-Byok', 'Enable-ByokKey', 'Get-ByokConnection', 'Get-ByokKey', 'Get-ByokWorkspace', 'New-ByokKey', 'Remove-ByokKey', 'Set-ByokKey', 'Sync-ByokKey')
    FunctionsToExport      = @()
    VariablesToExport      = @()
    AliasesToExport        = @()
    PrivateData            = @{
        PSData = @{
            Tags         = @('OpenRouter', 'BYOK', 'LLM', 'API', 'Key', 'Rotation', 'Secret', 'PSEdition_Core', 'PSEdition_Desktop', 'Windows', 'Linux', 'MacOS')
            ReleaseNotes = ''
        }
    }
}
