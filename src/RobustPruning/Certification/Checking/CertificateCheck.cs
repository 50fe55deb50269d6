using System.Globalization;

namespace RobustPruning.Certification;

/// <summary>What proving a <see cref="Certificate"/> again gave.</summary>
/// <param name="Problems">What does not hold, one sentence each; empty for a valid certificate. Long lists are cut short.</param>
/// <param name="Leaves">The number of leaves bounded again.</param>
/// <param name="Elapsed">The time it took.</param>
public sealed record CertificateCheck(IReadOnlyList<string> Problems, int Leaves, TimeSpan Elapsed)
{
    /// <summary>Whether everything that the certificate says was proved again.</summary>
    public bool IsValid => Problems.Count == 0;

    /// <summary>Throws unless the certificate is valid.</summary>
    /// <exception cref="CertificateException">It is not; the message says why.</exception>
    public void RequireValid()
    {
        if (!IsValid)
            throw new CertificateException(string.Join(" ", Problems));
    }

    /// <summary>For example <c>valid, 25 leaves proved again in 3.1 s</c>.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{(IsValid ? "valid" : "refused")}, {Leaves} leaves proved again in {Elapsed.TotalSeconds:0.0} "
            + $"s{string.Concat(Problems.Select(problem => " " + problem))}");
}
