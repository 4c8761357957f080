using System.Runtime.InteropServices;

namespace OpenRouter.Byok.Client;

/// <summary>An array that the garbage collector never copies, cleared when it is no longer needed: for what holds a secret.</summary>
internal sealed class PinnedArray<T> : IDisposable
    where T : unmanaged
{
    private GCHandle _pin;

    internal PinnedArray(int length)
    {
        Array = new T[length];
        _pin = GCHandle.Alloc(Array, GCHandleType.Pinned);
    }

    internal T[] Array { get; }

    public void Dispose()
    {
        if (_pin.IsAllocated)
        {
            System.Array.Clear(Array, 0, Array.Length);
            _pin.Free();
        }
    }
}
