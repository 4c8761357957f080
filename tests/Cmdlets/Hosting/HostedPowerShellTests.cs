using System.Management.Automation;
using System.Reflection;
using System.Runtime.Loader;
using OpenRouter.Byok.Sandbox;

namespace OpenRouter.Byok.Tests.Cmdlets.Hosting;

/// <summary>The basis of the other tests: the module is the built one, and no output is lost.</summary>
public sealed class HostedPowerShellTests
{
    [Fact]
    public async Task The_module_is_the_built_one_and_shares_one_model_with_the_tests()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1);
        CommandResult listed = (await shell.InvokeAsync("Get-ByokKey; (Get-Command Get-ByokKey).ImplementingType")).Succeeded();
        Assert.IsType<ByokKey>(listed.Objects[0].BaseObject);
        Assembly cmdlets = Assert.IsAssignableFrom<Type>(listed.Objects[1].BaseObject).Assembly;
        Assert.Equal(Path.Combine(HostedPowerShell.ModulePath, "Core", "OpenRouter.Byok.dll"), cmdlets.Location);

        Assembly[] loaded = [.. AppDomain.CurrentDomain.GetAssemblies().Where(assembly => assembly.GetName().Name!.StartsWith("OpenRouter.Byok", StringComparison.Ordinal))];
        Assert.Equal(typeof(ByokKey).Assembly, Assert.Single(loaded, assembly => assembly.GetName().Name == "OpenRouter.Byok.Model"));
        Assembly client = Assert.Single(loaded, assembly => assembly.GetName().Name == "OpenRouter.Byok.Client");
        Assert.StartsWith(Path.Combine(HostedPowerShell.ModulePath, "Core", "dependencies"), client.Location, StringComparison.Ordinal);
        Assert.NotEqual(AssemblyLoadContext.Default, AssemblyLoadContext.GetLoadContext(client));
    }

    [Fact]
    public async Task An_error_that_ends_the_script_is_told_apart_from_one_that_does_not()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        CommandResult goesOn = await shell.InvokeAsync("Write-Error -ErrorId First -TargetObject here text; 'after'");
        ErrorRecord error = Assert.Single(goesOn.Errors);
        Assert.Equal(("here", "text"), (error.TargetObject, error.ToString()));
        Assert.Null(goesOn.TerminatingError);
        Assert.Equal(["after"], goesOn.Texts);

        CommandResult ends = await shell.InvokeAsync("'before'; Get-Item nowhere-at-all -ErrorAction Stop; 'after'");
        Assert.Empty(ends.Errors);
        Assert.Equal("PathNotFound,Microsoft.PowerShell.Commands.GetItemCommand", ends.TerminatingError?.FullyQualifiedErrorId);
        Assert.Equal(ErrorCategory.ObjectNotFound, ends.TerminatingError!.CategoryInfo.Category);
        Assert.Equal(["before"], ends.Texts);
    }

    [Fact]
    public async Task Every_stream_and_prompt_is_recorded()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync();
        var answers = new Queue<Answer>([Answer.Yes, Answer.No, Answer.YesToAll]);
        shell.Host.OnPrompt = _ => answers.Dequeue();
        CommandResult said = (await shell.InvokeAsync("""
            function Test-Prompt {
                [CmdletBinding(SupportsShouldProcess)] param([Parameter(ValueFromPipeline)] $Name)
                process { if ($PSCmdlet.ShouldProcess($Name, 'Touch')) { $Name } }
            }
            Write-Warning w
            Write-Verbose v -Verbose
            Write-Debug d -Debug
            Write-Information i
            Write-Progress p
            'a', 'b', 'c', 'd' | Test-Prompt -Confirm
            'e' | Test-Prompt -WhatIf
            """)).Succeeded();
        Assert.Equal(["w"], said.Warnings);
        Assert.Equal(["v"], said.Verbose);
        Assert.Equal(["d"], said.Debug);
        Assert.Equal("i", Assert.Single(said.Information).MessageData);
        Assert.Equal("p", Assert.Single(said.Progress).Activity);
        Assert.Equal(["a", "c", "d"], said.Texts);
        Assert.Equal(3, said.Prompts.Count);
        Assert.Contains("\"Touch\" on target \"b\"", said.Prompts[1].Message, StringComparison.Ordinal);
        Assert.Contains("\"Touch\" on target \"e\"", Assert.Single(said.HostLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prompt_that_the_test_does_not_expect_fails_the_command()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(seed: 1);
        CommandResult said = await shell.InvokeAsync("Get-ByokKey | Remove-ByokKey");
        Assert.NotNull(said.TerminatingError);
        Assert.Single(said.Prompts);
        Assert.Equal(1, shell.Store.Count);
    }

    [Fact]
    public async Task A_script_can_be_stopped_from_outside()
    {
        await using HostedPowerShell shell = await HostedPowerShell.StartAsync(options: new SandboxOptions { Faults = ["List:Hang"] });
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        shell.Server.OnRequest = _ =>
        {
            arrived.TrySetResult();
            return Task.CompletedTask;
        };
        RunningCommand listing = shell.Begin("'before'; Get-ByokKey; 'after'");
        await arrived.Task.WaitAsync(TestContext.Current.CancellationToken);
        await listing.StopAsync();
        CommandResult stopped = await listing.EndAsync();
        Assert.True(stopped.WasStopped);
        Assert.Equal(["before"], stopped.Texts);
    }
}
