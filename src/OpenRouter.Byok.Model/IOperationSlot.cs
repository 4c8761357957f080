namespace OpenRouter.Byok;

/// <summary>The place of an operation among those that run at once. It gives the place to another one while it waits.</summary>
public interface IOperationSlot
{
    /// <summary>Gives the place away: the operation sends nothing until <see cref="AcquireAsync"/>.</summary>
    void Release();

    /// <summary>Waits for a place, unless the operation still has one.</summary>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    Task AcquireAsync(CancellationToken cancellationToken);
}
