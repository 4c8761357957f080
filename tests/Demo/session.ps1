# The demo's session. Each block is a step: the comment says what it is about, and each line below is typed at a prompt
# as it stands. Play.ps1 shows both, runs the line and lets PowerShell show the output.

# The module, freshly built. The management key is in OPENROUTER_MANAGEMENT_KEY, as in a CI job.
Import-Module OpenRouter.Byok
Get-ByokConnection

# Look. The list streams, and -First 5 asks the server for five.
Get-ByokKey -First 5

# Filter: a provider on the server, names with wildcards, and the rest with what you know.
Get-ByokKey -Provider anthropic -Name 'prod*', '*12'
Get-ByokKey | Group-Object Provider -NoElement | Sort-Object Name

# Create. A raw key comes from a masked prompt, from a vault or from a file, never as plain text.
$new = New-ByokKey openai -KeyPath ./batch.key -Name batch -AllowedModels openai/gpt-5-mini
$new

# Ask first: -WhatIf says what would change from what to what, and changes nothing.
$new | Set-ByokKey -Disabled $true -Name 'batch (paused)' -WhatIf

# Rotate 50 keys from a CSV file: one row per key, one request per row, several at a time.
Import-Csv ./rotation.csv | Select-Object -First 2
Import-Csv ./rotation.csv | Set-ByokKey -PassThru | Measure-Object | Select-Object Count
Get-ByokKey -First 3

# Delete what was created. Remove-ByokKey asks unless it is told not to.
$new | Remove-ByokKey -Confirm:$false

# One bad record fails alone, and says what to do; the good one comes through.
Get-ByokKey -Id $new.Id, (Get-ByokKey -First 1).Id
$Error[0].FullyQualifiedErrorId
