@{
    Severity     = @('Error', 'Warning', 'Information')
    ExcludeRules = @(
        # A build and a demonstration speak to the person in front of the console, and to nobody's pipeline.
        'PSAvoidUsingWriteHost'
    )
    Rules        = @{
        PSReviewUnusedParameter          = @{
            # The parameters of a runbook are used in the block that it hands over.
            CommandsToTraverse = @('Invoke-Runbook')
        }
        PSAvoidUsingPositionalParameters = @{
            # What these take reads as a command line.
            CommandAllowList = @('Invoke-Dotnet', 'Join-Path', 'Import-Tool', 'Add-Result')
        }
    }
}
