using System.Globalization;
using RobustPruning.Certification;

namespace KeypointRobustness.Runs;

/// <summary>What the certificates of a set of images say about joint specifications, beside the tolerances of single keypoints.</summary>
/// <param name="names">The specifications' names.</param>
internal sealed class JointSummary(IReadOnlyList<string> names)
{
    /// <summary>A specification's row.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Verdicts">How many images have each verdict.</param>
    /// <param name="CertifiedBeyondSingle">The images among them on which it is certified, and a single tolerance is not.</param>
    internal sealed record Row(string Name, SortedDictionary<string, long> Verdicts, long CertifiedBeyondSingle);

    /// <summary>The headings of <see cref="Table"/>.</summary>
    public static readonly string[] Headers =
    [
        "all keypoints together", "images certified", "falsified", "undecided", "unlabelled", "certified where a single tolerance is not",
    ];

    private readonly Row[] _rows = [.. names.Select(name => new Row(name, CertificateSummary.NoVerdicts(), 0))];

    /// <summary>The specifications in order.</summary>
    public IReadOnlyList<Row> Rows => _rows;

    /// <summary>The images.</summary>
    public int Images { get; private set; }

    /// <summary>The images on which a labelled keypoint is not certified on its own.</summary>
    public int SingleNotCertified { get; private set; }

    /// <summary>Adds an image.</summary>
    /// <param name="single">What is known of its single keypoints.</param>
    /// <param name="joint">What is known of each specification.</param>
    public void Add(Certificate single, IReadOnlyList<Certificate> joint)
    {
        var open = single.Claims.Any(claim => claim.Verdict is Verdict.Falsified or Verdict.Unknown);
        Images++;
        SingleNotCertified += open ? 1 : 0;
        for (var index = 0; index < _rows.Length; index++)
        {
            var verdict = JointSpecification.Judge(joint[index]);
            _rows[index].Verdicts[verdict.ToString().ToLowerInvariant()]++;
            if (open && verdict == Verdict.Certified)
                _rows[index] = _rows[index] with { CertifiedBeyondSingle = _rows[index].CertifiedBeyondSingle + 1 };
        }
    }

    /// <summary>The rows as a table.</summary>
    public IEnumerable<string[]> Table() => _rows.Select(row => (string[])
    [
        row.Name,
        Text(row.Verdicts["certified"]),
        Text(row.Verdicts["falsified"]),
        Text(row.Verdicts["unknown"]),
        Text(row.Verdicts["unlabelled"]),
        $"{Text(row.CertifiedBeyondSingle)} of {SingleNotCertified}",
    ]);

    private static string Text(long count) => count.ToString(CultureInfo.InvariantCulture);
}
