import time, random, pytest
from datetime import date
from audits.case_import import CASES, ANNEX_A
from audits.models import Case
from people import file_import
from people.models import FileImport
from people.spreadsheet import read_sheets
from tests.people.files import csv_file, workbook, LIMITS
from tests.conftest import NOW, TODAY
from tests.factories import TeamFactory, UserFactory

HEAD=["reference","child_name","date_of_birth","gender","ethnicity","disability","plan","cp_category","referral_date","opened_on","team","worker","last_visit"]
def rows(n, seed=1):
    r=random.Random(seed)
    return [[f"C{i}",f"Child {i}",f"{r.randint(1,28):02}/{r.randint(1,12):02}/20{r.randint(10,24)}","Female","a) WBRI","No",r.choice(["CIN","CP","CLA"]),"Neglect","01/02/2026","02/02/2026",f"Team {r.randint(1,25)}",f"Worker {r.randint(1,200)}","01/11/2026"] for i in range(n)]

@pytest.mark.django_db
@pytest.mark.parametrize("dress",["csv"])
def test_speed(dress):
    for i in range(1,26): TeamFactory(name=f"Team {i}")
    for i in range(1,201): UserFactory(name=f"Worker {i}")
    def go(seed,label):
        content = csv_file([HEAD,*rows(20000,seed)]) if dress=="csv" else workbook({"A":[HEAD,*rows(20000,seed)]})
        t=time.process_time(); sheets=read_sheets(content,limits=LIMITS); a=time.process_time()
        w=file_import.receive(CASES,sheets=sheets,content=content,name="x",options={"full":True,"add_teams":False},by=None,at=NOW,today=TODAY) ; b=time.process_time()
        s=file_import.apply(w,CASES,by=None,at=NOW,today=TODAY); c=time.process_time()
        print(dress,label,len(content),f"read {a-t:.2f} preview {b-a:.2f} save {c-b:.2f}",{k:v for k,v in s.counts.items() if isinstance(v,int)})
    go(1,"new"); import cProfile,pstats; p=cProfile.Profile(); p.enable(); go(1,"same"); p.disable(); pstats.Stats(p).sort_stats("tottime").print_stats(28)
