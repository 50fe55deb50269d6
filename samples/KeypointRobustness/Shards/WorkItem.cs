using System.Security.Cryptography;
using System.Text;

namespace KeypointRobustness.Shards;

/// <summary>One image, instance or training.</summary>
/// <param name="Key">What its files are called: it depends on the name alone, so that it is the same in every shard and run.</param>
/// <param name="Name">What users call it.</param>
internal sealed record WorkItem(string Key, string Name)
{
    private const int LongestReadable = 48;
    private const int Digits = 10;

    /// <summary>An item of a name.</summary>
    public static WorkItem Of(string name)
    {
        var readable = string.Join('-', name.Split(' ').Select(part => Path.ChangeExtension(part, null)));
        if (readable.Length > LongestReadable)
            readable = readable[..LongestReadable];
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
        return new WorkItem(
            string.Concat(readable.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' ? letter : '-'))
                + "."
                + digest[..Digits],
            name);
    }
}
